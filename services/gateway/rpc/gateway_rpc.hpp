#pragma once

#include <functional>
#include <string>

#include "confab/gateway/v1/gateway.grpc.pb.h"

namespace confab::gateway {

/// What a gateway tells of itself. `look` runs on gRPC's threads and must be safe there.
class GatewayRpc final : public v1::Gateway::CallbackService {
 public:
  explicit GatewayRpc(std::function<v1::DescribeResponse()> look) : look_(std::move(look)) {}

  grpc::ServerUnaryReactor* Describe(grpc::CallbackServerContext* context,
                                     const v1::DescribeRequest* request,
                                     v1::DescribeResponse* response) override;

 private:
  std::function<v1::DescribeResponse()> look_;
};

}  // namespace confab::gateway
