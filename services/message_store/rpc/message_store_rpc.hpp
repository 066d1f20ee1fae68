#pragma once

#include <functional>

#include "common/base/worker_pool.hpp"
#include "confab/message_store/v1/message_store.grpc.pb.h"
#include "message_store/domain/page_reads.hpp"
#include "message_store/rpc/append_stream.hpp"

namespace confab::message_store {

/// The service as gRPC. Sends go to the lanes at once; everything else blocks and so leaves gRPC's
/// threads for `workers`.
class MessageStoreRpc final : public v1::MessageStore::CallbackService {
 public:
  /// `page_read` is called on a worker for each page that is read, which may be for many calls.
  MessageStoreRpc(
      RoomService& rooms, RoomLanes& lanes, WorkerPool& workers, FailureLog failed,
      std::function<void()> page_read = [] {})
      : rooms_(rooms),
        lanes_(lanes),
        workers_(workers),
        failed_(std::move(failed)),
        page_read_(std::move(page_read)),
        pages_(rooms, kMaxReaders) {}

  /// Calls of ReadLog that may wait; more are refused: overloaded.
  static constexpr std::size_t kMaxReaders = 20'000;

  grpc::ServerBidiReactor<v1::AppendBatch, v1::AppendResults>* Append(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* ReadLog(grpc::CallbackServerContext* context,
                                    const v1::ReadLogRequest* request,
                                    v1::ReadLogResponse* response) override;
  grpc::ServerUnaryReactor* GetHeads(grpc::CallbackServerContext* context,
                                     const v1::GetHeadsRequest* request,
                                     v1::GetHeadsResponse* response) override;
  grpc::ServerUnaryReactor* CreateRoom(grpc::CallbackServerContext* context,
                                       const v1::CreateRoomRequest* request,
                                       v1::Room* response) override;
  grpc::ServerUnaryReactor* OpenDirect(grpc::CallbackServerContext* context,
                                       const v1::OpenDirectRequest* request,
                                       v1::Room* response) override;
  grpc::ServerUnaryReactor* GetRoom(grpc::CallbackServerContext* context,
                                    const v1::GetRoomRequest* request, v1::Room* response) override;
  grpc::ServerUnaryReactor* ListRooms(grpc::CallbackServerContext* context,
                                      const v1::ListRoomsRequest* request,
                                      v1::ListRoomsResponse* response) override;
  grpc::ServerUnaryReactor* AddMember(grpc::CallbackServerContext* context,
                                      const v1::AddMemberRequest* request,
                                      v1::Member* response) override;
  grpc::ServerUnaryReactor* RemoveMember(grpc::CallbackServerContext* context,
                                         const v1::RemoveMemberRequest* request,
                                         v1::RemoveMemberResponse* response) override;

 private:
  /// rpc::answer_later, with failures reported and then told without details.
  template <typename Response, typename Work>
  grpc::ServerUnaryReactor* answer_later(grpc::CallbackServerContext* context, const char* method,
                                         Response* response, Work work);
  template <typename Response, typename Work>
  grpc::ServerUnaryReactor* answer(grpc::CallbackServerContext* context, const char* method,
                                   Response* response, Work work);

  RoomService& rooms_;
  RoomLanes& lanes_;
  WorkerPool& workers_;
  FailureLog failed_;
  std::function<void()> page_read_;
  PageReads pages_;
};

}  // namespace confab::message_store
