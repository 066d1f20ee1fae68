#pragma once

#include "common/base/worker_pool.hpp"
#include "confab/message_store/v1/rooms.grpc.pb.h"
#include "message_store/domain/room_desk.hpp"
#include "message_store/domain/room_directory.hpp"
#include "message_store/rpc/append_stream.hpp"

namespace confab::message_store {

/// The service of rooms.proto. Its calls block, and so leave gRPC's threads for `workers`, which
/// must outlive the server.
class RoomsRpc final : public v1::Rooms::CallbackService {
 public:
  RoomsRpc(RoomDesk& desk, RoomDirectory& directory, ReadDesk& reads, WorkerPool& workers,
           FailureLog failed)
      : desk_(desk),
        directory_(directory),
        reads_(reads),
        workers_(workers),
        failed_(std::move(failed)) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* UpdateRoom(Context* context, const v1::UpdateRoomRequest* request,
                      v1::Room* response) override;
  Reactor* JoinRoom(Context* context, const v1::JoinRoomRequest* request,
                    v1::Room* response) override;
  Reactor* SetRole(Context* context, const v1::SetRoleRequest* request,
                   v1::Member* response) override;
  Reactor* SetBan(Context* context, const v1::SetBanRequest* request,
                  v1::SetBanResponse* response) override;
  Reactor* CreateInvite(Context* context, const v1::CreateInviteRequest* request,
                        v1::Invite* response) override;
  Reactor* RevokeInvite(Context* context, const v1::RevokeInviteRequest* request,
                        v1::RevokeInviteResponse* response) override;
  Reactor* ListMine(Context* context, const v1::ListMineRequest* request,
                    v1::ListMineResponse* response) override;
  Reactor* ListPublic(Context* context, const v1::ListPublicRequest* request,
                      v1::ListPublicResponse* response) override;
  Reactor* ListMembers(Context* context, const v1::ListMembersRequest* request,
                       v1::ListMembersResponse* response) override;
  Reactor* ListBans(Context* context, const v1::ListBansRequest* request,
                    v1::ListBansResponse* response) override;
  Reactor* GetStanding(Context* context, const v1::GetStandingRequest* request,
                       v1::GetStandingResponse* response) override;
  Reactor* MarkRead(Context* context, const v1::MarkReadRequest* request,
                    v1::MarkReadResponse* response) override;
  Reactor* ListReaders(Context* context, const v1::ListReadersRequest* request,
                       v1::ListReadersResponse* response) override;
  Reactor* FindMessage(Context* context, const v1::FindMessageRequest* request,
                       v1::FindMessageResponse* response) override;

 private:
  /// Answers with what `work(done)` gives to `done`, turned by `convert`; failures are reported and
  /// then told without details.
  template <typename Out, typename In, typename Work, typename Convert>
  Reactor* answer(Context* context, const char* method, Out* response, Work work, Convert convert);

  RoomDesk& desk_;
  RoomDirectory& directory_;
  ReadDesk& reads_;
  WorkerPool& workers_;
  FailureLog failed_;
};

}  // namespace confab::message_store
