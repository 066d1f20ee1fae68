#include "message_store/wire/entry_wire.hpp"

namespace confab::message_store {

void to_wire(const Entry& entry, const std::string& json, event::v1::Entry& out) {
  out.set_room_id(entry.room_id);
  out.set_epoch(entry.epoch);
  out.set_seq(entry.seq);
  out.set_msg_id(entry.msg_id.bytes());
  out.set_prev_check(entry.prev_check);
  out.set_kind(static_cast<event::v1::Kind>(entry.kind));
  out.set_actor_id(entry.actor_id);
  out.set_subject_id(entry.subject_id);
  out.set_created_ms(entry.created_ms);
  out.set_json(json);
  out.set_target_seq(entry.target_seq);
}

}  // namespace confab::message_store
