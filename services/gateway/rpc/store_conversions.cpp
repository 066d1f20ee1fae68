#include "gateway/rpc/store_conversions.hpp"

#include "common/base/uuid.hpp"
#include "gateway/wire/entry_wire.hpp"

namespace confab::gateway {
namespace {

namespace v1 = message_store::v1;

}  // namespace

User from_proto(const v1::Person& person) {
  return {person.id(), person.uuid(), person.username(), person.name()};
}

void to_proto(const User& user, v1::Person& out) {
  out.set_id(user.id);
  out.set_uuid(user.uuid);
  out.set_username(user.username);
  out.set_name(user.name);
}

Position from_proto(const v1::Head& head) { return {head.epoch(), head.seq(), head.check()}; }

Member from_proto(const v1::Member& member) {
  return {from_proto(member.person()), member.role(), member.added_ms(),
          member.added_by_username()};
}

Room from_proto(const v1::Room& room) {
  Room out{{room.room_id(), room.gid()},
           room.name(),
           room.kind(),
           room.created_ms(),
           from_proto(room.created_by()),
           from_proto(room.head()),
           {}};
  for (const auto& member : room.members()) out.members.push_back(from_proto(member));
  out.topic = room.topic();
  out.picture = room.picture();
  out.archived = room.archived();
  return out;
}

LogPage from_proto(const v1::ReadLogResponse& page) {
  LogPage out{from_proto(page.head()), {}, page.more()};
  for (const auto& wire : page.entries()) {
    auto entry = from_wire(wire);
    if (!entry) break;
    out.entries.push_back(std::move(*entry));
  }
  return out;
}

Ack from_proto(const v1::Appended& appended) {
  const auto msg_id = Uuid::from_bytes(appended.msg_id()).value_or(Uuid{});
  return {appended.epoch(), appended.seq(), msg_id.text(), appended.created_ms()};
}

}  // namespace confab::gateway
