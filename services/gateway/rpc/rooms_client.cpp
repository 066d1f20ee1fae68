#include "gateway/rpc/rooms_client.hpp"

#include "gateway/rpc/ask_store.hpp"
#include "gateway/rpc/store_conversions.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

constexpr bool kRepeatable = true;
constexpr bool kOnce = false;

Result<Room> to_room(const Result<v1::Room>& room) {
  if (!room) return room.error();
  return from_proto(*room);
}

MyRoom to_my_room(const v1::MyRoom& wire) {
  MyRoom mine;
  mine.room = from_proto(wire.room());
  mine.role = wire.role();
  mine.read_seq = wire.read_seq();
  mine.unread = wire.unread();
  mine.active_ms = wire.active_ms();
  if (wire.has_last_message()) {
    const auto& last = wire.last_message();
    mine.last = LastMessage{last.seq(), last.created_ms(), last.sender(), last.kind(), last.text()};
  }
  return mine;
}

template <typename Item, typename Wire, typename Convert>
ListPage<Item> page_of(const Wire& items, bool more, Convert convert) {
  ListPage<Item> page;
  for (const auto& item : items) page.items.push_back(convert(item));
  page.more = more;
  return page;
}

}  // namespace

Task<Result<Room>> RoomsClient::update_room(std::string gid, User actor, RoomPatch patch) {
  v1::UpdateRoomRequest request;
  request.set_gid(std::move(gid));
  to_proto(actor, *request.mutable_actor());
  if (patch.name) request.set_name(std::move(*patch.name));
  if (patch.topic) request.set_topic(std::move(*patch.topic));
  if (patch.picture) request.set_picture(std::move(*patch.picture));
  if (patch.kind) request.set_kind(std::move(*patch.kind));
  if (patch.archived) request.set_archived(*patch.archived);
  co_return to_room(co_await ask_store<v1::Room>(stores_, store_of(actor.id), kOnce,
                                                 std::move(request), &Async::UpdateRoom));
}

Task<Result<Room>> RoomsClient::join_room(User user, std::string gid, std::string code) {
  v1::JoinRoomRequest request;
  request.set_gid(std::move(gid));
  request.set_code(std::move(code));
  to_proto(user, *request.mutable_user());
  co_return to_room(co_await ask_store<v1::Room>(stores_, store_of(user.id), kOnce,
                                                 std::move(request), &Async::JoinRoom));
}

Task<Result<Member>> RoomsClient::set_role(std::string gid, User actor, User member,
                                           std::string role) {
  v1::SetRoleRequest request;
  request.set_gid(std::move(gid));
  to_proto(actor, *request.mutable_actor());
  to_proto(member, *request.mutable_member());
  request.set_role(std::move(role));
  const auto response = co_await ask_store<v1::Member>(stores_, store_of(actor.id), kOnce,
                                                       std::move(request), &Async::SetRole);
  if (!response) co_return response.error();
  co_return from_proto(*response);
}

Task<Result<>> RoomsClient::set_ban(std::string gid, User actor, User user, bool banned) {
  v1::SetBanRequest request;
  request.set_gid(std::move(gid));
  to_proto(actor, *request.mutable_actor());
  to_proto(user, *request.mutable_user());
  request.set_banned(banned);
  const auto response = co_await ask_store<v1::SetBanResponse>(stores_, store_of(actor.id), kOnce,
                                                               std::move(request), &Async::SetBan);
  if (!response) co_return response.error();
  co_return Result<>();
}

Task<Result<Invite>> RoomsClient::create_invite(std::string gid, User actor, std::uint32_t life_s,
                                                std::uint32_t uses) {
  v1::CreateInviteRequest request;
  request.set_gid(std::move(gid));
  to_proto(actor, *request.mutable_actor());
  request.set_expires_in_s(life_s);
  request.set_uses(uses);
  const auto response = co_await ask_store<v1::Invite>(stores_, store_of(actor.id), kOnce,
                                                       std::move(request), &Async::CreateInvite);
  if (!response) co_return response.error();
  co_return Invite{response->code(), response->expires_ms(), response->uses()};
}

Task<Result<>> RoomsClient::revoke_invite(std::string gid, std::int64_t actor_id,
                                          std::string code) {
  v1::RevokeInviteRequest request;
  request.set_gid(std::move(gid));
  request.set_actor_id(actor_id);
  request.set_code(std::move(code));
  const auto response = co_await ask_store<v1::RevokeInviteResponse>(
      stores_, store_of(actor_id), kOnce, std::move(request), &Async::RevokeInvite);
  if (!response) co_return response.error();
  co_return Result<>();
}

Task<Result<MyRooms>> RoomsClient::list_mine(std::int64_t user_id, MyRoomsQuery query) {
  v1::ListMineRequest request;
  request.set_user_id(user_id);
  request.set_after(std::move(query.after));
  request.set_limit(query.limit);
  request.set_archived(query.archived);
  const auto response = co_await ask_store<v1::ListMineResponse>(
      stores_, store_of(user_id), kRepeatable, std::move(request), &Async::ListMine);
  if (!response) co_return response.error();
  MyRooms page;
  page.rooms.reserve(static_cast<std::size_t>(response->rooms_size()));
  for (const auto& room : response->rooms()) page.rooms.push_back(to_my_room(room));
  page.next = response->next();
  co_return page;
}

Task<Result<ListPage<PublicRoom>>> RoomsClient::list_public(std::int64_t user_id,
                                                            PublicQuery query) {
  v1::ListPublicRequest request;
  request.set_user_id(user_id);
  request.set_query(std::move(query.text));
  request.set_after(std::move(query.after));
  request.set_limit(query.limit);
  const auto response = co_await ask_store<v1::ListPublicResponse>(
      stores_, store_of(user_id), kRepeatable, std::move(request), &Async::ListPublic);
  if (!response) co_return response.error();
  co_return page_of<PublicRoom>(response->rooms(), response->more(), [](const auto& one) {
    return PublicRoom{from_proto(one.room()), one.joined()};
  });
}

Task<Result<ListPage<Member>>> RoomsClient::list_members(std::string gid, std::int64_t reader_id,
                                                         UserRange range) {
  v1::ListMembersRequest request;
  request.set_gid(std::move(gid));
  request.set_reader_id(reader_id);
  request.set_after(range.after);
  request.set_limit(range.limit);
  const auto response = co_await ask_store<v1::ListMembersResponse>(
      stores_, store_of(reader_id), kRepeatable, std::move(request), &Async::ListMembers);
  if (!response) co_return response.error();
  co_return page_of<Member>(response->members(), response->more(),
                            [](const auto& member) { return from_proto(member); });
}

Task<Result<ListPage<Ban>>> RoomsClient::list_bans(std::string gid, std::int64_t reader_id,
                                                   UserRange range) {
  v1::ListBansRequest request;
  request.set_gid(std::move(gid));
  request.set_reader_id(reader_id);
  request.set_after(range.after);
  request.set_limit(range.limit);
  const auto response = co_await ask_store<v1::ListBansResponse>(
      stores_, store_of(reader_id), kRepeatable, std::move(request), &Async::ListBans);
  if (!response) co_return response.error();
  co_return page_of<Ban>(response->bans(), response->more(), [](const auto& ban) {
    return Ban{from_proto(ban.user()), ban.banned_by(), ban.banned_ms()};
  });
}

Task<Result<Standing>> RoomsClient::standing(std::string gid, std::int64_t user_id) {
  v1::GetStandingRequest request;
  request.set_gid(std::move(gid));
  request.set_user_id(user_id);
  const auto response = co_await ask_store<v1::GetStandingResponse>(
      stores_, store_of(user_id), kRepeatable, std::move(request), &Async::GetStanding);
  if (!response) co_return response.error();
  Standing standing;
  standing.room_id = response->room_id();
  standing.may_send = response->may_send();
  standing.blocked = response->blocked();
  co_return standing;
}

Task<Result<std::vector<Result<std::uint64_t>>>> RoomsClient::mark_read(
    std::vector<ReadMark> marks) {
  v1::MarkReadRequest request;
  for (const auto& mark : marks) {
    auto& wire = *request.add_marks();
    to_proto(mark.user, *wire.mutable_user());
    wire.set_room_id(mark.room_id);
    wire.set_seq(mark.seq);
  }
  const auto preferred = marks.empty() ? 0 : store_of(marks.front().user.id);
  // Repeating it changes nothing.
  const auto response = co_await ask_store<v1::MarkReadResponse>(
      stores_, preferred, kRepeatable, std::move(request), &Async::MarkRead);
  if (!response) co_return response.error();
  std::vector<Result<std::uint64_t>> outcomes;
  for (const auto& outcome : response->outcomes()) {
    if (outcome.is_member()) {
      outcomes.emplace_back(outcome.seq());
    } else {
      outcomes.emplace_back(Error{ErrorCode::not_a_member, "you are not a member of the room"});
    }
  }
  co_return outcomes;
}

Task<Result<Readers>> RoomsClient::list_readers(std::uint64_t room_id, std::int64_t reader_id,
                                                std::uint64_t seq, UserRange range) {
  v1::ListReadersRequest request;
  request.set_room_id(room_id);
  request.set_reader_id(reader_id);
  request.set_seq(seq);
  request.set_after(range.after);
  request.set_limit(range.limit);
  const auto response = co_await ask_store<v1::ListReadersResponse>(
      stores_, store_of(reader_id), kRepeatable, std::move(request), &Async::ListReaders);
  if (!response) co_return response.error();
  Readers page;
  for (const auto& one : response->readers()) {
    page.readers.push_back({from_proto(one.user()), one.seq()});
  }
  page.next = response->next();
  co_return page;
}

Task<Result<std::optional<Ack>>> RoomsClient::find_message(std::uint64_t room_id,
                                                           std::int64_t sender_id,
                                                           std::string client_msg_id) {
  v1::FindMessageRequest request;
  request.set_room_id(room_id);
  request.set_sender_id(sender_id);
  request.set_client_msg_id(std::move(client_msg_id));
  const auto response = co_await ask_store<v1::FindMessageResponse>(
      stores_, store_of(sender_id), kRepeatable, std::move(request), &Async::FindMessage);
  if (!response) co_return response.error();
  std::optional<Ack> ack;
  if (response->has_appended()) ack = from_proto(response->appended());
  co_return ack;
}

}  // namespace confab::gateway
