#pragma once

#include "common/base/worker_pool.hpp"
#include "confab/message_store/v1/messages.grpc.pb.h"
#include "message_store/domain/message_service.hpp"
#include "message_store/rpc/append_stream.hpp"

namespace confab::message_store {

/// The service of messages.proto. Its calls block, or wait for a room's lane, and so leave gRPC's
/// threads for `workers`, which must outlive the server.
class MessagesRpc final : public v1::Messages::CallbackService {
 public:
  MessagesRpc(MessageService& messages, WorkerPool& workers, FailureLog failed)
      : messages_(messages), workers_(workers), failed_(std::move(failed)) {}

  grpc::ServerUnaryReactor* Change(grpc::CallbackServerContext* context,
                                   const v1::ChangeRequest* request,
                                   v1::Changed* response) override;
  grpc::ServerUnaryReactor* ListPins(grpc::CallbackServerContext* context,
                                     const v1::ListPinsRequest* request,
                                     v1::ReadLogResponse* response) override;

 private:
  /// As callers are told.
  [[nodiscard]] Error reported(const char* method, const Error& error) const;

  MessageService& messages_;
  WorkerPool& workers_;
  FailureLog failed_;
};

}  // namespace confab::message_store
