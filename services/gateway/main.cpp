#include "common/rpc/server.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/memory.hpp"
#include "gateway/nodes.hpp"
#include "gateway/rpc/gateway_rpc.hpp"

using namespace confab;

int main(int argc, char** argv) {
  gateway::GatewayConfig config;
  runtime::Process process({"gateway", CONFAB_VERSION}, "the clients' door: HTTP, Socket.IO, REST",
                           config.options);
  const auto check = [&]() -> Result<> {
    runtime::share_arenas(config.loop_count());  // Here no thread has been started yet.
    if (const auto good = config.check(); !good) return good;
    const auto proxies = gateway::TrustedProxies::parse(config.limits.trusted_proxies);
    if (!proxies)
      return Error{ErrorCode::invalid_argument, "--trusted-proxies: " + proxies.error().message};
    if (!gateway::Node::cookie_of(config).valid()) {
      return Error{ErrorCode::invalid_argument,
                   "the options --sid-cookie… make no cookie; see --help"};
    }
    return {};
  };
  if (const auto code = process.begin(argc, argv, check)) return *code;

  const auto listen = runtime::parse_endpoint(config.listen);
  if (!listen) return process.refuse(listen.error());
  const auto peers = gateway::Peers::from(config, process.metrics());
  if (!peers) return process.refuse(peers.error());
  const auto address = runtime::reachable_address(config.rpc_listen, config.rpc_advertise);
  if (!address) return process.refuse(address.error());

  gateway::Nodes nodes(config, *listen, *peers, process);
  gateway::GatewayRpc rpc([&] { return nodes.describe(); }, nodes.guest_doors());
  const auto server = rpc::Server::start(config.rpc_listen, {&rpc});
  if (!server) return process.refuse(server.error());
  const auto port = static_cast<std::uint16_t>((*server)->port());
  auto& answers = process.expect({"grpc", "the gRPC server does not answer"});
  (*server)->check_itself([&answers] { answers.beat(); });
  if (const auto started = nodes.start(*address, port); !started) {
    return process.refuse(started.error());
  }

  const int code = process.wait();
  nodes.drain(config.resilience);
  // Calls to other services may be under way, and their answers come on gRPC's threads.
  process.end(code);
}
