#pragma once

#include <grpcpp/server.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/rpc/self_check.hpp"

namespace confab::rpc {

/// Largest message either side accepts.
inline constexpr int kMaxMessageBytes = 8 * 1024 * 1024;

using Services = std::vector<grpc::Service*>;

/// A gRPC server with the standard health service, serving until destroyed.
class Server {
 public:
  /// Listens on `address` (host:port, port 0 for any). Fails with unavailable when the port is
  /// taken. The services must outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const std::string& address,
                                                             const Services& services);

  /// Tells health checks to stop coming, lets running calls end for `grace`, then cancels them.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// From now on it calls itself once a second, as callers do; `answered` is told each time that
  /// it answers, on another thread. Once.
  void check_itself(std::function<void()> answered);

  [[nodiscard]] int port() const { return port_; }
  void set_grace(std::chrono::milliseconds grace) { grace_ = grace; }

 private:
  Server(std::unique_ptr<grpc::Server> server, std::string host, int port);

  std::unique_ptr<grpc::Server> server_;
  std::string host_;
  int port_;
  std::unique_ptr<SelfCheck> self_check_;
  std::chrono::milliseconds grace_{2000};
};

}  // namespace confab::rpc
