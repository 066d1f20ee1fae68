#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "common/base/periodic_task.hpp"

namespace confab::rpc {

/// A server that asks itself, over its own port as its callers do, whether it answers: the standard
/// health service, which needs nothing but gRPC's threads. On a thread of its own.
class SelfCheck {
 public:
  /// `answered` is called, on that thread, each time it does; a period after the last time.
  SelfCheck(const std::string& address, std::function<void()> answered,
            std::chrono::milliseconds period = std::chrono::milliseconds(1000));

  /// Whether it answers now. Blocks, at most for 5 s; any thread.
  [[nodiscard]] bool ask();

 private:
  std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub stub_;
  PeriodicTask task_;  // Ends before what it uses.
};

}  // namespace confab::rpc
