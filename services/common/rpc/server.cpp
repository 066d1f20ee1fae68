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
  auto host = address.substr(0, address.rfind(':'));
  return std::unique_ptr<Server>(new Server(std::move(server), std::move(host), port));
}

Server::Server(std::unique_ptr<grpc::Server> server, std::string host, int port)
    : server_(std::move(server)), host_(std::move(host)), port_(port) {
  server_->GetHealthCheckService()->SetServingStatus(true);
}

void Server::check_itself(std::function<void()> answered) {
  const auto host = host_ == "0.0.0.0" ? "127.0.0.1" : host_ == "[::]" ? "[::1]" : host_;
  self_check_ =
      std::make_unique<SelfCheck>(host + ":" + std::to_string(port_), std::move(answered));
}

Server::~Server() {
  self_check_.reset();
  server_->GetHealthCheckService()->SetServingStatus(false);
  server_->Shutdown(std::chrono::system_clock::now() + grace_);
  server_->Wait();
}

}  // namespace confab::rpc
