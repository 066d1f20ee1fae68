#include "message_store/rpc/conversions.hpp"

#include "message_store/domain/attributes.hpp"
#include "message_store/domain/check_message.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/wire/entry_wire.hpp"

namespace confab::message_store {

Person from_proto(const v1::Person& person) {
  return {person.id(), person.uuid(), person.username(), person.name()};
}

std::vector<Person> from_proto(const google::protobuf::RepeatedPtrField<v1::Person>& people) {
  std::vector<Person> out;
  out.reserve(static_cast<std::size_t>(people.size()));
  for (const auto& person : people) out.push_back(from_proto(person));
  return out;
}

Result<NewMessage> from_proto(v1::NewMessage&& message) {
  NewMessage out{message.room_id(),
                 message.sender_id(),
                 std::move(*message.mutable_client_msg_id()),
                 std::move(*message.mutable_text()),
                 std::move(*message.mutable_attributes()),
                 message.correlation(),
                 message.reply_to(),
                 from_proto(message.mentions())};
  if (!out.attributes.empty() && out.attributes.size() <= kMostAttributesBytes) {
    if (const auto good = check_attributes(out.attributes); !good) return good.error();
  }
  return out;
}

LogRange from_proto(const v1::ReadLogRequest& request) {
  return {request.after(), request.before(), request.limit(), request.from_start(),
          request.folded()};
}

void to_proto(const Person& person, v1::Person& out) {
  out.set_id(person.id);
  out.set_uuid(person.uuid);
  out.set_username(person.username);
  out.set_name(person.name);
}

void to_proto(const Head& head, v1::Head& out) {
  out.set_room_id(head.room_id);
  out.set_epoch(head.epoch);
  out.set_seq(head.seq);
  out.set_check(head.check);
}

void to_proto(const Member& member, v1::Member& out) {
  to_proto(member.person, *out.mutable_person());
  out.set_role(std::string(role_name(member.role)));
  out.set_added_ms(member.added_ms);
  out.set_added_by(member.added_by);
  out.set_added_by_username(member.added_by_username);
}

void to_proto(const Appended& appended, v1::Appended& out) {
  out.set_epoch(appended.epoch);
  out.set_seq(appended.seq);
  const auto msg_id = appended.msg_id.view();
  out.set_msg_id(msg_id.data(), msg_id.size());
  out.set_created_ms(appended.created_ms);
  out.set_repeat(appended.repeat);
}

v1::Room to_proto(const Room& room) {
  v1::Room out;
  out.set_room_id(room.room_id);
  out.set_gid(room.gid);
  out.set_name(room.name);
  out.set_kind(std::string(room_kind_name(room.kind)));
  out.set_created_ms(room.created_ms);
  to_proto(room.created_by, *out.mutable_created_by());
  to_proto(room.head, *out.mutable_head());
  for (const auto& member : room.members) to_proto(member, *out.add_members());
  out.set_topic(room.topic);
  out.set_picture(room.picture);
  out.set_archived(room.archived);
  return out;
}

v1::ReadLogResponse to_proto(const RenderedPage& page) {
  v1::ReadLogResponse out;
  to_proto(page.page.head, *out.mutable_head());
  out.set_more(page.page.more);
  for (std::size_t i = 0; i < page.page.entries.size(); ++i) {
    to_wire(page.page.entries[i], page.json[i], *out.add_entries());
  }
  return out;
}

}  // namespace confab::message_store
