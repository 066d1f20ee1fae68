#include "gateway/rpc/gateway_rpc.hpp"

namespace confab::gateway {

grpc::ServerUnaryReactor* GatewayRpc::Describe(grpc::CallbackServerContext* context,
                                               const v1::DescribeRequest* /*request*/,
                                               v1::DescribeResponse* response) {
  *response = look_();
  auto* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace confab::gateway
