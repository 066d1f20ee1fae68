#include "message_store/rpc/message_store_rpc.hpp"

#include "common/rpc/unary.hpp"
#include "message_store/rpc/conversions.hpp"

namespace confab::message_store {
namespace {

/// Turns the outcome into its wire form, keeping the error.
template <typename Out, typename In, typename Convert>
Result<Out> mapped(const Result<In>& in, Convert convert) {
  if (!in) return in.error();
  return Result<Out>(convert(*in));
}

Result<v1::Room> room_on_the_wire(const Result<Room>& room) {
  return mapped<v1::Room>(room, [](const Room& found) { return to_proto(found); });
}

}  // namespace

template <typename Response, typename Work>
grpc::ServerUnaryReactor* MessageStoreRpc::answer_later(grpc::CallbackServerContext* context,
                                                        const char* method, Response* response,
                                                        Work work) {
  return rpc::answer_later(context, workers_, response, [this, method, work](auto done) mutable {
    work([this, method, done](auto outcome) {
      if (!outcome) {
        failed_(method, outcome.error());
        outcome = rpc::for_caller(outcome.error());
      }
      done(std::move(outcome));
    });
  });
}

template <typename Response, typename Work>
grpc::ServerUnaryReactor* MessageStoreRpc::answer(grpc::CallbackServerContext* context,
                                                  const char* method, Response* response,
                                                  Work work) {
  return answer_later(context, method, response, [work](auto done) mutable { done(work()); });
}

grpc::ServerBidiReactor<v1::AppendBatch, v1::AppendResults>* MessageStoreRpc::Append(
    grpc::CallbackServerContext* /*context*/) {
  return AppendStream::begin(lanes_, failed_);
}

grpc::ServerUnaryReactor* MessageStoreRpc::ReadLog(grpc::CallbackServerContext* context,
                                                   const v1::ReadLogRequest* request,
                                                   v1::ReadLogResponse* response) {
  auto* reactor = context->DefaultReactor();
  const PageReads::Page page{request->room_id(), from_proto(*request)};
  const bool to_be_run = pages_.ask(
      page, request->reader_id(), [this, reactor, response](const PageReads::Answer& answer) {
        if (!answer) {
          failed_("ReadLog", answer.error());
          return reactor->Finish(rpc::to_status(rpc::for_caller(answer.error())));
        }
        *response = to_proto(**answer);
        reactor->Finish(grpc::Status::OK);
      });
  const auto read = [this, page] {
    page_read_();
    pages_.run(page);
  };
  if (to_be_run && !workers_.submit(read)) pages_.refuse(page);
  return reactor;
}

grpc::ServerUnaryReactor* MessageStoreRpc::GetHeads(grpc::CallbackServerContext* context,
                                                    const v1::GetHeadsRequest* request,
                                                    v1::GetHeadsResponse* response) {
  return answer(context, "GetHeads", response, [this, request] {
    const std::vector<std::uint64_t> ids(request->room_ids().begin(), request->room_ids().end());
    return mapped<v1::GetHeadsResponse>(rooms_.heads(ids), [](const std::vector<Head>& heads) {
      v1::GetHeadsResponse out;
      for (const auto& head : heads) to_proto(head, *out.add_heads());
      return out;
    });
  });
}

grpc::ServerUnaryReactor* MessageStoreRpc::CreateRoom(grpc::CallbackServerContext* context,
                                                      const v1::CreateRoomRequest* request,
                                                      v1::Room* response) {
  return answer(context, "CreateRoom", response, [this, request] {
    std::vector<Person> members;
    for (const auto& person : request->members()) members.push_back(from_proto(person));
    return room_on_the_wire(rooms_.create(from_proto(request->creator()), request->name(),
                                          request->kind(), std::move(members), request->topic(),
                                          request->picture()));
  });
}

grpc::ServerUnaryReactor* MessageStoreRpc::OpenDirect(grpc::CallbackServerContext* context,
                                                      const v1::OpenDirectRequest* request,
                                                      v1::Room* response) {
  return answer_later(context, "OpenDirect", response, [this, request](auto done) {
    rooms_.open_direct(from_proto(request->opener()), from_proto(request->other()),
                       [done](const Result<Room>& room) { done(room_on_the_wire(room)); });
  });
}

grpc::ServerUnaryReactor* MessageStoreRpc::GetRoom(grpc::CallbackServerContext* context,
                                                   const v1::GetRoomRequest* request,
                                                   v1::Room* response) {
  return answer(context, "GetRoom", response, [this, request] {
    return room_on_the_wire(
        rooms_.get(request->gid(), request->reader_id(), !request->without_members()));
  });
}

grpc::ServerUnaryReactor* MessageStoreRpc::ListRooms(grpc::CallbackServerContext* context,
                                                     const v1::ListRoomsRequest* request,
                                                     v1::ListRoomsResponse* response) {
  return answer(context, "ListRooms", response, [this, request] {
    return mapped<v1::ListRoomsResponse>(rooms_.list(request->user_id(), request->limit()),
                                         [](const std::vector<Room>& rooms) {
                                           v1::ListRoomsResponse out;
                                           for (const auto& room : rooms) {
                                             *out.add_rooms() = to_proto(room);
                                           }
                                           return out;
                                         });
  });
}

grpc::ServerUnaryReactor* MessageStoreRpc::AddMember(grpc::CallbackServerContext* context,
                                                     const v1::AddMemberRequest* request,
                                                     v1::Member* response) {
  return answer_later(context, "AddMember", response, [this, request](auto done) {
    rooms_.add_member(request->gid(), from_proto(request->actor()), from_proto(request->member()),
                      request->role(), [done](const Result<Member>& member) {
                        done(mapped<v1::Member>(member, [](const Member& added) {
                          v1::Member out;
                          to_proto(added, out);
                          return out;
                        }));
                      });
  });
}

grpc::ServerUnaryReactor* MessageStoreRpc::RemoveMember(grpc::CallbackServerContext* context,
                                                        const v1::RemoveMemberRequest* request,
                                                        v1::RemoveMemberResponse* response) {
  return answer_later(context, "RemoveMember", response, [this, request](auto done) {
    rooms_.remove_member(request->gid(), from_proto(request->actor()), request->member_id(),
                         [done](const Result<>& removed) { done(removed); });
  });
}

}  // namespace confab::message_store
