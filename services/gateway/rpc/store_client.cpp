#include "gateway/rpc/store_client.hpp"

#include <algorithm>

#include "common/base/sharding.hpp"
#include "gateway/rpc/ask_store.hpp"
#include "gateway/rpc/store_conversions.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

StoreStubs<StoreClient::Stub> stubs_of(const std::vector<StoreClient::Store>& stores,
                                       const std::shared_ptr<StoreHealth>& health) {
  StoreStubs<StoreClient::Stub>::Stubs stubs;
  for (const auto& store : stores) stubs.push_back(store.stub);
  if (health) return {std::move(stubs), health};
  return stubs;
}

template <typename Out, typename In>
Result<Out> mapped(const Result<In>& in) {
  if (!in) return in.error();
  return from_proto(*in);
}

}  // namespace

StoreClient::StoreClient(boost::asio::io_context& io, const std::vector<Store>& stores,
                         std::function<void(std::string_view)> broken, AppendPipe::Options appends,
                         const std::shared_ptr<StoreHealth>& health)
    : stores_(stubs_of(stores, health)) {
  std::vector<std::string> addresses;
  for (const auto& store : stores) addresses.push_back(store.address);
  for (std::size_t i = 0; i < stores_.size(); ++i) {
    auto preferred_first = addresses;
    std::rotate(preferred_first.begin(), preferred_first.begin() + static_cast<std::ptrdiff_t>(i),
                preferred_first.end());
    // There may be no calls to find that out.
    appends.preferred_is_back = [this, i] { stores_.health().tell(i, true); };
    pipes_.push_back(std::make_unique<AppendPipe>(io, std::move(preferred_first), broken, appends));
  }
}

std::size_t store_of(std::uint64_t room_id, std::size_t stores) {
  return static_cast<std::size_t>(bucket_of(room_id)) * stores / kBuckets;
}

std::size_t StoreClient::store_of(std::uint64_t room_id) const {
  return gateway::store_of(room_id, stores_.size());
}

template <typename Response, typename Request>
Task<Result<Response>> StoreClient::ask(std::size_t preferred, bool repeatable, Request request,
                                        Method<Request, Response> method) {
  co_return co_await ask_store<Response>(stores_, preferred, repeatable, std::move(request),
                                         method);
}

Task<Result<Ack>> StoreClient::append(NewMessage message) {
  v1::NewMessage request;
  request.set_room_id(message.room_id);
  request.set_sender_id(message.sender_id);
  request.set_client_msg_id(std::move(message.client_msg_id));
  request.set_text(std::move(message.text));
  request.set_attributes(std::move(message.attributes));
  request.set_reply_to(message.reply_to);
  for (const auto& user : message.mentions) to_proto(user, *request.add_mentions());
  auto& pipe = *pipes_[store_of(message.room_id)];
  // The pipe takes the message before this suspends, so that calls keep their order.
  const auto appended = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                             void(Result<v1::Appended>)>(
      [&](auto handler) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        pipe.append(std::move(request), [shared](Result<v1::Appended> outcome) {
          std::move (*shared)(std::move(outcome));
        });
      },
      boost::asio::use_awaitable);
  co_return mapped<Ack>(appended);
}

Task<Result<LogPage>> StoreClient::read(std::uint64_t room_id, std::int64_t reader_id,
                                        LogRange range) {
  v1::ReadLogRequest request;
  request.set_room_id(room_id);
  request.set_reader_id(reader_id);
  request.set_after(range.after.value_or(0));
  request.set_before(range.before.value_or(0));
  request.set_from_start(range.after.has_value());
  request.set_limit(range.limit);
  request.set_folded(range.folded);
  co_return mapped<LogPage>(co_await ask<v1::ReadLogResponse>(store_of(room_id), true,
                                                              std::move(request), &Async::ReadLog));
}

Task<Result<std::vector<Head>>> StoreClient::heads(std::vector<std::uint64_t> rooms) {
  std::vector<Head> heads;
  if (rooms.empty()) co_return heads;
  v1::GetHeadsRequest request;
  request.mutable_room_ids()->Assign(rooms.begin(), rooms.end());
  const auto response = co_await ask<v1::GetHeadsResponse>(store_of(rooms.front()), true,
                                                           std::move(request), &Async::GetHeads);
  if (!response) co_return response.error();
  for (const auto& head : response->heads()) heads.push_back({head.room_id(), from_proto(head)});
  co_return heads;
}

Task<Result<Room>> StoreClient::create_room(User creator, NewRoom room, std::vector<User> members) {
  v1::CreateRoomRequest request;
  to_proto(creator, *request.mutable_creator());
  request.set_name(std::move(room.name));
  request.set_kind(std::move(room.kind));
  request.set_topic(std::move(room.topic));
  request.set_picture(std::move(room.picture));
  for (const auto& member : members) to_proto(member, *request.add_members());
  co_return mapped<Room>(
      co_await ask<v1::Room>(static_cast<std::size_t>(creator.id) % stores_.size(), false,
                             std::move(request), &Async::CreateRoom));
}

Task<Result<Room>> StoreClient::open_direct(User opener, User other) {
  v1::OpenDirectRequest request;
  to_proto(opener, *request.mutable_opener());
  to_proto(other, *request.mutable_other());
  co_return mapped<Room>(
      co_await ask<v1::Room>(static_cast<std::size_t>(opener.id) % stores_.size(), false,
                             std::move(request), &Async::OpenDirect));
}

Task<Result<Room>> StoreClient::room(std::string gid, std::int64_t reader_id, bool with_members) {
  v1::GetRoomRequest request;
  request.set_gid(std::move(gid));
  request.set_reader_id(reader_id);
  request.set_without_members(!with_members);
  co_return mapped<Room>(
      co_await ask<v1::Room>(static_cast<std::size_t>(reader_id) % stores_.size(), true,
                             std::move(request), &Async::GetRoom));
}

Task<Result<std::vector<Room>>> StoreClient::rooms_of(std::int64_t user_id, std::uint32_t limit) {
  v1::ListRoomsRequest request;
  request.set_user_id(user_id);
  request.set_limit(limit);
  const auto response =
      co_await ask<v1::ListRoomsResponse>(static_cast<std::size_t>(user_id) % stores_.size(), true,
                                          std::move(request), &Async::ListRooms);
  if (!response) co_return response.error();
  std::vector<Room> rooms;
  for (const auto& room : response->rooms()) rooms.push_back(from_proto(room));
  co_return rooms;
}

Task<Result<Member>> StoreClient::add_member(std::string gid, User actor, User member,
                                             std::string role) {
  v1::AddMemberRequest request;
  request.set_gid(std::move(gid));
  to_proto(actor, *request.mutable_actor());
  to_proto(member, *request.mutable_member());
  request.set_role(std::move(role));
  co_return mapped<Member>(
      co_await ask<v1::Member>(static_cast<std::size_t>(actor.id) % stores_.size(), false,
                               std::move(request), &Async::AddMember));
}

Task<Result<>> StoreClient::remove_member(std::string gid, User actor, std::int64_t member_id) {
  v1::RemoveMemberRequest request;
  request.set_gid(std::move(gid));
  to_proto(actor, *request.mutable_actor());
  request.set_member_id(member_id);
  const auto response =
      co_await ask<v1::RemoveMemberResponse>(static_cast<std::size_t>(actor.id) % stores_.size(),
                                             false, std::move(request), &Async::RemoveMember);
  if (!response) co_return response.error();
  co_return Result<>();
}

}  // namespace confab::gateway
