#include "message_store/rpc/room_conversions.hpp"

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/room_rules.hpp"
#include "message_store/rpc/conversions.hpp"

namespace confab::message_store {

Result<RoomPatch> patch_from_proto(const v1::UpdateRoomRequest& request) {
  RoomPatch patch;
  if (request.has_name()) patch.name = request.name();
  if (request.has_topic()) patch.topic = request.topic();
  if (request.has_picture()) patch.picture = request.picture();
  if (request.has_archived()) patch.archived = request.archived();
  if (request.has_kind()) {
    patch.kind = parse_room_kind(request.kind());
    if (!patch.kind) return Error{ErrorCode::invalid_argument, kBadRoomKind};
  }
  return patch;
}

std::vector<ReadMark> marks_from_proto(const v1::MarkReadRequest& request) {
  std::vector<ReadMark> marks;
  for (const auto& mark : request.marks()) {
    marks.push_back({from_proto(mark.user()), mark.room_id(), mark.seq()});
  }
  return marks;
}

v1::Member member_to_proto(const Member& member) {
  v1::Member out;
  to_proto(member, out);
  return out;
}

v1::Invite to_proto(const RoomDesk::NewInvite& invite) {
  v1::Invite out;
  out.set_code(invite.code);
  out.set_expires_ms(invite.invite.expires_ms);
  out.set_uses(invite.invite.uses);
  return out;
}

v1::ListMineResponse to_proto(const MyRoomPage& page) {
  v1::ListMineResponse out;
  out.set_next(page.next);
  for (const auto& mine : page.rooms) {
    auto& room = *out.add_rooms();
    *room.mutable_room() = to_proto(mine.room);
    room.set_role(std::string(role_name(mine.role)));
    room.set_read_seq(mine.read_seq);
    room.set_unread(mine.unread);
    room.set_active_ms(mine.active_ms);
    if (!mine.last) continue;
    auto& last = *room.mutable_last_message();
    last.set_seq(mine.last->seq);
    last.set_created_ms(mine.last->created_ms);
    last.set_sender(mine.last->sender);
    last.set_kind(mine.last->kind);
    last.set_text(mine.last->text);
  }
  return out;
}

v1::ListPublicResponse to_proto(const ListPage<PublicRoom>& page) {
  v1::ListPublicResponse out;
  out.set_more(page.more);
  for (const auto& one : page.items) {
    auto& room = *out.add_rooms();
    *room.mutable_room() = to_proto(one.room);
    room.set_joined(one.joined);
  }
  return out;
}

v1::ListMembersResponse to_proto(const ListPage<Member>& page) {
  v1::ListMembersResponse out;
  out.set_more(page.more);
  for (const auto& member : page.items) to_proto(member, *out.add_members());
  return out;
}

v1::ListBansResponse to_proto(const ListPage<BanRow>& page) {
  v1::ListBansResponse out;
  out.set_more(page.more);
  for (const auto& one : page.items) {
    auto& ban = *out.add_bans();
    to_proto(one.user, *ban.mutable_user());
    ban.set_banned_by(one.banned_by_username);
    ban.set_banned_ms(one.banned_ms);
  }
  return out;
}

v1::GetStandingResponse to_proto(const Standing& standing) {
  v1::GetStandingResponse out;
  out.set_room_id(standing.room_id);
  out.set_may_send(standing.may_send);
  out.set_blocked(standing.blocked);
  return out;
}

v1::MarkReadResponse to_proto(const std::vector<std::optional<ReadOutcome>>& outcomes) {
  v1::MarkReadResponse out;
  for (const auto& outcome : outcomes) {
    auto& one = *out.add_outcomes();
    one.set_is_member(outcome.has_value());
    if (outcome) one.set_seq(outcome->seq);
  }
  return out;
}

v1::ListReadersResponse to_proto(const ReaderPage& page) {
  v1::ListReadersResponse out;
  out.set_next(page.next);
  for (const auto& one : page.readers) {
    auto& reader = *out.add_readers();
    to_proto(one.person, *reader.mutable_user());
    reader.set_seq(one.seq);
  }
  return out;
}

v1::FindMessageResponse to_proto(const std::optional<Appended>& place) {
  v1::FindMessageResponse out;
  if (place) to_proto(*place, *out.mutable_appended());
  return out;
}

}  // namespace confab::message_store
