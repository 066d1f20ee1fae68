#include "message_store/domain/room_change_rules.hpp"

#include "common/base/encoding.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/domain/role_rules.hpp"

namespace confab::message_store {
namespace {

void add_text(std::string& fields, std::string_view key, const std::string& value) {
  if (!fields.empty()) fields += ',';
  fields += '"';
  fields += key;
  fields += "\":";
  append_json_string(fields, value);
}

void change_text(std::string& fields, std::string_view key, std::string& now,
                 const std::optional<std::string>& wanted) {
  if (!wanted || *wanted == now) return;
  now = *wanted;
  add_text(fields, key, now);
}

}  // namespace

Result<> check_update(const MembershipFacts& facts, const RoomPatch& patch) {
  if (patch.archived) {
    if (const auto allowed = check_archive(facts); !allowed) return allowed;
  }
  if (!patch.name && !patch.topic && !patch.picture && !patch.kind) return {};
  auto then = facts;
  if (patch.archived == false) then.archived = false;  // Taken out and changed at once.
  return check_settings(then);
}

Result<> check_invite(const MembershipFacts& facts) {
  const auto allowed = check_in_charge(facts);
  if (allowed && facts.archived) {
    return Error{ErrorCode::permission_denied, "the room is archived"};
  }
  return allowed;
}

std::string apply_patch(Room& room, const RoomPatch& patch) {
  std::string fields;
  change_text(fields, "name", room.name, patch.name);
  change_text(fields, "topic", room.topic, patch.topic);
  change_text(fields, "picture", room.picture, patch.picture);
  if (patch.kind && *patch.kind != room.kind) {
    room.kind = *patch.kind;
    add_text(fields, "kind", std::string(room_kind_name(room.kind)));
  }
  if (patch.archived && *patch.archived != room.archived) {
    room.archived = *patch.archived;
    fields += fields.empty() ? R"("archived":)" : R"(,"archived":)";
    fields += room.archived ? "true" : "false";
  }
  return fields;
}

std::string changed_body(const std::string& fields) { return R"({"changed":{)" + fields + "}}"; }

BanEntry ban_entry_of(const MemberChange& change, const MembershipFacts& facts, bool banned) {
  if (facts.subject) {
    return {EntryKind::member_left,
            member_body(change.member, *facts.subject, leaving_reason(false, true))};
  }
  std::string body = R"({"member":)";
  append_person(body, change.member);
  return {EntryKind::member_updated, body + R"(,"banned":)" + (banned ? "true}" : "false}")};
}

}  // namespace confab::message_store
