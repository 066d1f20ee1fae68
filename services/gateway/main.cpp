#include "common/rpc/server.hpp"
#include "common/runtime/address.hpp"
#include "common/runtime/memory.hpp"
#include "gateway/node.hpp"

using namespace confab;

int main(int argc, char** argv) {
  runtime::share_arenas();
  gateway::GatewayConfig config;
  runtime::Process process({"gateway", CONFAB_VERSION}, "the clients' door: HTTP, Socket.IO, REST",
                           config.options);
  if (const auto code = process.begin(argc, argv, [&] { return config.check(); })) return *code;

  const auto listen = runtime::parse_endpoint(config.listen);
  if (!listen) return process.refuse(listen.error());
  auto peers = gateway::Peers::from(config);
  if (!peers) return process.refuse(peers.error());

  gateway::GatewayMetrics metrics(process.metrics());
  gateway::Node node(config, *listen, std::move(*peers), process, metrics);
  gateway::GatewayRpc rpc([&] { return node.describe(); });
  const auto server = rpc::Server::start(config.rpc_listen, {&rpc});
  if (!server) return process.refuse(server.error());
  if (const auto started = node.start(); !started) return process.refuse(started.error());

  const int code = process.wait();
  node.drain(config.drain);
  // Calls to other services may be under way, and their answers come on gRPC's threads.
  process.end(code);
}
