#include "common/rpc/client.hpp"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <charconv>
#include <mutex>
#include <vector>

#include "common/rpc/quiet.hpp"
#include "common/rpc/server.hpp"

namespace confab::rpc {
namespace {

bool is_host_and_port(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  std::uint16_t port = 0;
  const auto* end = address.data() + address.size();
  const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, port);
  return error == std::errc() && stop == end && port != 0;
}

}  // namespace

std::shared_ptr<grpc::Channel> keep(std::shared_ptr<grpc::Channel> channel) {
  static std::mutex mutex;
  static auto* const kept = new std::vector<std::shared_ptr<grpc::Channel>>();  // Never destroyed.
  const std::lock_guard lock(mutex);
  return kept->emplace_back(std::move(channel));
}

Result<std::shared_ptr<grpc::Channel>> make_channel(const std::string& address) {
  if (!is_host_and_port(address)) {
    return Error{ErrorCode::invalid_argument,
                 "\"" + address + "\" is no host:port address of a service"};
  }
  silence_grpc();
  return keep(make_passing_channel(address));
}

std::shared_ptr<grpc::Channel> make_passing_channel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // How long one attempt to connect may take, whatever its name says: a peer that is slow because
  // it has too much to do is not reached by beginning anew each second.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
  // A pod that is replaced has its name again soon, with another address.
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 1000);
  // Of a name server that says nothing; by itself it would be asked for two minutes.
  arguments.SetInt(GRPC_ARG_DNS_ARES_QUERY_TIMEOUT_MS, 3000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace confab::rpc
