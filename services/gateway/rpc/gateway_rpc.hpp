#pragma once

#include <functional>
#include <string>
#include <vector>

#include "confab/gateway/v1/gateway.grpc.pb.h"
#include "gateway/rpc/guest_door.hpp"

namespace confab::gateway {

/// What a gateway tells of itself, and does for others: answers what their clients ask of sessions
/// that it has, and gives sessions up to where their clients have come back.
class GatewayRpc final : public v1::Gateway::CallbackService {
 public:
  /// `look` runs on gRPC's threads and must be safe there. `doors`, one for each event loop in
  /// their order, outlive the server.
  GatewayRpc(std::function<v1::DescribeResponse()> look, std::vector<GuestDoor*> doors)
      : look_(std::move(look)), doors_(std::move(doors)) {}

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeRequest* request,
                                     v1::DescribeResponse* response) override;
  grpc::ServerUnaryReactor* Forward(grpc::CallbackServerContext* context,
                                    const v1::ForwardRequest* request,
                                    v1::ForwardResponse* response) override;
  grpc::ServerUnaryReactor* Recall(grpc::CallbackServerContext* context,
                                   const v1::RecallRequest* request,
                                   v1::RecallResponse* response) override;
  grpc::ServerBidiReactor<v1::RelayUp, v1::RelayDown>* Relay(
      grpc::CallbackServerContext* context) override;

 private:
  std::function<v1::DescribeResponse()> look_;
  const std::vector<GuestDoor*> doors_;
};

}  // namespace confab::gateway
