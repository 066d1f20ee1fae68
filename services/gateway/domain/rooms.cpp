#include "gateway/domain/rooms.hpp"

namespace confab::gateway {
namespace {

Error no_room() { return {ErrorCode::room_not_found, "there is no such room"}; }

}  // namespace

Task<Result<Room>> Rooms::update(User actor, std::string gid, RoomPatch patch) {
  if (!is_gid(gid)) co_return no_room();
  auto room = co_await store_.update_room(gid, std::move(actor), std::move(patch));
  if (room) chat_.changed(gid);
  co_return room;
}

Task<Result<Room>> Rooms::join(User user, std::string gid, std::string code) {
  if (code.empty() && !is_gid(gid)) co_return no_room();
  auto room = co_await store_.join_room(std::move(user), std::move(gid), std::move(code));
  if (room) chat_.changed(room->ref.gid);
  co_return room;
}

Task<Result<Member>> Rooms::set_role(User actor, std::string gid, std::string username,
                                     std::string role) {
  if (!is_gid(gid)) co_return no_room();
  auto member = co_await chat_.find_user(std::move(username));
  if (!member) co_return member.error();
  auto changed =
      co_await store_.set_role(gid, std::move(actor), std::move(*member), std::move(role));
  if (changed) chat_.changed(gid);
  co_return changed;
}

Task<Result<>> Rooms::set_ban(User actor, std::string gid, std::string username, bool banned) {
  if (!is_gid(gid)) co_return no_room();
  auto user = co_await chat_.find_user(std::move(username));
  if (!user) co_return user.error();
  auto set = co_await store_.set_ban(gid, std::move(actor), std::move(*user), banned);
  if (set) chat_.changed(gid);
  co_return set;
}

Task<Result<Invite>> Rooms::invite(User actor, std::string gid, std::uint32_t life_s,
                                   std::uint32_t uses) {
  if (!is_gid(gid)) co_return no_room();
  co_return co_await store_.create_invite(std::move(gid), std::move(actor), life_s, uses);
}

Task<Result<>> Rooms::revoke_invite(User actor, std::string gid, std::string code) {
  if (!is_gid(gid)) co_return no_room();
  co_return co_await store_.revoke_invite(std::move(gid), actor.id, std::move(code));
}

Task<Result<ListPage<PublicRoom>>> Rooms::public_rooms(User user, PublicQuery query) {
  if (!query.after.empty() && !is_gid(query.after)) co_return no_room();
  co_return co_await store_.list_public(user.id, std::move(query));
}

Task<Result<ListPage<Member>>> Rooms::members(User reader, std::string gid, UserRange range) {
  if (!is_gid(gid)) co_return no_room();
  co_return co_await store_.list_members(std::move(gid), reader.id, range);
}

Task<Result<ListPage<Ban>>> Rooms::bans(User reader, std::string gid, UserRange range) {
  if (!is_gid(gid)) co_return no_room();
  co_return co_await store_.list_bans(std::move(gid), reader.id, range);
}

Task<Result<Readers>> Rooms::readers(User reader, std::string gid, std::uint64_t seq,
                                     UserRange range) {
  const auto room_id = co_await chat_.resolve(std::move(gid));
  if (!room_id) co_return room_id.error();
  co_return co_await store_.list_readers(*room_id, reader.id, seq, range);
}

Task<Result<SendStatus>> Rooms::send_status(User sender, std::string gid,
                                            std::string client_msg_id) {
  const auto room_id = co_await chat_.resolve(gid);
  if (!room_id) co_return room_id.error();
  auto ack = co_await store_.find_message(*room_id, sender.id, client_msg_id);
  if (!ack) co_return ack.error();
  co_return SendStatus{std::move(gid), std::move(client_msg_id), std::move(*ack)};
}

}  // namespace confab::gateway
