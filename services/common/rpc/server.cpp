#include "common/rpc/server.hpp"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include "common/rpc/quiet.hpp"

namespace confab::rpc {

Result<std::unique_ptr<Server>> Server::start(const std::string& address,
                                              const std::vector<grpc::Service*>& services) {
  silence_grpc();
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  int port = 0;
  // Not shared with another process: a second server on the port must fail, not steal calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  for (auto* service : services) builder.RegisterService(service);
  auto server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Error{ErrorCode::unavailable,
                 "cannot listen on " + address + ": is the port taken or the address wrong?"};
  }
  return std::unique_ptr<Server>(new Server(std::move(server), port));
}

Server::Server(std::unique_ptr<grpc::Server> server, int port)
    : server_(std::move(server)), port_(port) {
  server_->GetHealthCheckService()->SetServingStatus(true);
}

Server::~Server() {
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(std::chrono::system_clock::now() + grace_);
  server_->Wait();
}

}  // namespace confab::rpc
