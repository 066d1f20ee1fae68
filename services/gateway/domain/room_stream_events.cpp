// The events that a RoomStream tells.
#include <utility>

#include "common/base/encoding.hpp"
#include "gateway/domain/room_stream.hpp"

namespace confab::gateway {
namespace {

std::string_view event_name(EntryKind kind) {
  switch (kind) {
    case EntryKind::message:
      return "message";
    case EntryKind::member_joined:
      return "member.joined";
    case EntryKind::member_left:
      return "member.left";
    case EntryKind::message_edited:
      return "message.edited";
    case EntryKind::message_redacted:
      return "message.redacted";
    case EntryKind::reaction:
      return "reaction";
    case EntryKind::pin:
      return "pin";
    case EntryKind::member_updated:
      return "member.updated";
    case EntryKind::room_updated:
      return "room.updated";
    case EntryKind::unknown:
      return "entry";  // Of a newer store: clients still see seq grow by one.
  }
  return "entry";
}

std::string place(const Position& position) {
  return R"({"epoch":)" + std::to_string(position.epoch) + R"(,"seq":)" +
         std::to_string(position.seq) + "}";
}

}  // namespace

EventPtr to_event(const std::shared_ptr<const Entry>& entry) {
  return std::make_shared<LiveEvent>(event_name(entry->kind), entry);
}

EventPtr reset_event(const std::string& gid, const Position& head) {
  std::string json = R"({"room":)";
  append_json_string(json, gid);
  json += R"(,"epoch":)" + std::to_string(head.epoch) + R"(,"head":)" + place(head) + "}";
  return std::make_shared<LiveEvent>("reset", std::move(json));
}

EventPtr lag_event(const std::string& gid, const Position& at, const Position& head) {
  if (at.epoch != head.epoch) return reset_event(gid, head);
  std::string json = R"({"room":)";
  append_json_string(json, gid);
  json += R"(,"at":)" + place(at) + R"(,"head":)" + place(head) + "}";
  return std::make_shared<LiveEvent>("lag", std::move(json));
}

}  // namespace confab::gateway
