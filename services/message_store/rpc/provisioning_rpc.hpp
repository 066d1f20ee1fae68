#pragma once

#include "common/base/worker_pool.hpp"
#include "confab/message_store/v1/provisioning.grpc.pb.h"
#include "message_store/domain/room_import.hpp"
#include "message_store/rpc/append_stream.hpp"

namespace confab::message_store {

/// The service of provisioning.proto, which a server only has when an operator wants it. Its calls
/// block, and so leave gRPC's threads for `workers`, which must outlive the server.
class ProvisioningRpc final : public v1::Provisioning::CallbackService {
 public:
  ProvisioningRpc(RoomImport& import, WorkerPool& workers, FailureLog failed)
      : import_(import), workers_(workers), failed_(std::move(failed)) {}

  grpc::ServerUnaryReactor* ProvisionRooms(grpc::CallbackServerContext* context,
                                           const v1::ProvisionRoomsRequest* request,
                                           v1::ProvisionRoomsResponse* response) override;
  grpc::ServerUnaryReactor* ProvisionMessages(grpc::CallbackServerContext* context,
                                              const v1::ProvisionMessagesRequest* request,
                                              v1::ProvisionMessagesResponse* response) override;

 private:
  [[nodiscard]] Result<v1::ProvisionRoomsResponse> provision(
      const v1::ProvisionRoomsRequest& request);
  [[nodiscard]] Result<v1::ProvisionMessagesResponse> add_past(
      const v1::ProvisionMessagesRequest& request);

  RoomImport& import_;
  WorkerPool& workers_;
  FailureLog failed_;
};

}  // namespace confab::message_store
