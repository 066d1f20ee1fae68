#include "message_store/rpc/rooms_rpc.hpp"

#include "common/rpc/unary.hpp"
#include "message_store/rpc/conversions.hpp"
#include "message_store/rpc/room_conversions.hpp"

namespace confab::message_store {
namespace {

constexpr auto kAsWire = [](const auto& value) { return to_proto(value); };

UserRange range(std::int64_t after, std::uint32_t limit) { return {after, limit}; }

}  // namespace

template <typename Out, typename In, typename Work, typename Convert>
RoomsRpc::Reactor* RoomsRpc::answer(Context* context, const char* method, Out* response, Work work,
                                    Convert convert) {
  return rpc::answer_later(context, workers_, response,
                           [this, method, work, convert](auto done) mutable {
                             work([this, method, done, convert](const Result<In>& outcome) {
                               if (!outcome) {
                                 failed_(method, outcome.error());
                                 return done(Result<Out>(rpc::for_caller(outcome.error())));
                               }
                               if constexpr (std::is_void_v<In>) {
                                 done(Result<Out>(Out()));
                               } else {
                                 done(Result<Out>(convert(*outcome)));
                               }
                             });
                           });
}

RoomsRpc::Reactor* RoomsRpc::UpdateRoom(Context* context, const v1::UpdateRoomRequest* request,
                                        v1::Room* response) {
  return answer<v1::Room, Room>(
      context, "UpdateRoom", response,
      [this, request](auto done) {
        auto patch = patch_from_proto(*request);
        if (!patch) return done(patch.error());
        desk_.update(request->gid(), from_proto(request->actor()), std::move(*patch), done);
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::JoinRoom(Context* context, const v1::JoinRoomRequest* request,
                                      v1::Room* response) {
  return answer<v1::Room, Room>(
      context, "JoinRoom", response,
      [this, request](auto done) {
        desk_.join(from_proto(request->user()), request->gid(), request->code(), done);
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::SetRole(Context* context, const v1::SetRoleRequest* request,
                                     v1::Member* response) {
  return answer<v1::Member, Member>(
      context, "SetRole", response,
      [this, request](auto done) {
        desk_.set_role(request->gid(), from_proto(request->actor()), from_proto(request->member()),
                       request->role(), done);
      },
      member_to_proto);
}

RoomsRpc::Reactor* RoomsRpc::SetBan(Context* context, const v1::SetBanRequest* request,
                                    v1::SetBanResponse* response) {
  return answer<v1::SetBanResponse, void>(
      context, "SetBan", response,
      [this, request](auto done) {
        desk_.set_ban(request->gid(), from_proto(request->actor()), from_proto(request->user()),
                      request->banned(), done);
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::CreateInvite(Context* context, const v1::CreateInviteRequest* request,
                                          v1::Invite* response) {
  return answer<v1::Invite, RoomDesk::NewInvite>(
      context, "CreateInvite", response,
      [this, request](auto done) {
        done(desk_.invite(request->gid(), from_proto(request->actor()),
                          std::chrono::seconds(request->expires_in_s()), request->uses()));
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::RevokeInvite(Context* context, const v1::RevokeInviteRequest* request,
                                          v1::RevokeInviteResponse* response) {
  return answer<v1::RevokeInviteResponse, void>(
      context, "RevokeInvite", response,
      [this, request](auto done) {
        done(desk_.revoke_invite(request->gid(), request->actor_id(), request->code()));
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::ListMine(Context* context, const v1::ListMineRequest* request,
                                      v1::ListMineResponse* response) {
  return answer<v1::ListMineResponse, MyRoomPage>(
      context, "ListMine", response,
      [this, user_id = request->user_id(), after = request->after(), limit = request->limit(),
       archived = request->archived()](auto done) {
        // The request is gone once it is answered, and this goes on.
        directory_.mine(user_id, after, limit, archived, done);
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::ListPublic(Context* context, const v1::ListPublicRequest* request,
                                        v1::ListPublicResponse* response) {
  return answer<v1::ListPublicResponse, ListPage<PublicRoom>>(
      context, "ListPublic", response,
      [this, request](auto done) {
        done(directory_.public_rooms(
            {request->user_id(), request->query(), request->after(), request->limit()}));
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::ListMembers(Context* context, const v1::ListMembersRequest* request,
                                         v1::ListMembersResponse* response) {
  return answer<v1::ListMembersResponse, ListPage<Member>>(
      context, "ListMembers", response,
      [this, request](auto done) {
        done(directory_.members(request->gid(), request->reader_id(),
                                range(request->after(), request->limit())));
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::ListBans(Context* context, const v1::ListBansRequest* request,
                                      v1::ListBansResponse* response) {
  return answer<v1::ListBansResponse, ListPage<BanRow>>(
      context, "ListBans", response,
      [this, request](auto done) {
        done(directory_.bans(request->gid(), request->reader_id(),
                             range(request->after(), request->limit())));
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::GetStanding(Context* context, const v1::GetStandingRequest* request,
                                         v1::GetStandingResponse* response) {
  return answer<v1::GetStandingResponse, Standing>(
      context, "GetStanding", response,
      [this, request](auto done) { done(directory_.standing(request->gid(), request->user_id())); },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::MarkRead(Context* context, const v1::MarkReadRequest* request,
                                      v1::MarkReadResponse* response) {
  return answer<v1::MarkReadResponse, std::vector<std::optional<ReadOutcome>>>(
      context, "MarkRead", response,
      [this, request](auto done) { done(reads_.mark(marks_from_proto(*request))); }, kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::ListReaders(Context* context, const v1::ListReadersRequest* request,
                                         v1::ListReadersResponse* response) {
  return answer<v1::ListReadersResponse, ReaderPage>(
      context, "ListReaders", response,
      [this, request](auto done) {
        done(reads_.readers(request->room_id(), request->reader_id(), request->seq(),
                            range(request->after(), request->limit())));
      },
      kAsWire);
}

RoomsRpc::Reactor* RoomsRpc::FindMessage(Context* context, const v1::FindMessageRequest* request,
                                         v1::FindMessageResponse* response) {
  return answer<v1::FindMessageResponse, std::optional<Appended>>(
      context, "FindMessage", response,
      [this, request](auto done) {
        done(reads_.find_message(request->room_id(), request->sender_id(),
                                 request->client_msg_id()));
      },
      kAsWire);
}

}  // namespace confab::message_store
