#pragma once

#include <string>
#include <string_view>

#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// The "type" of the event; "unknown" for what is no kind.
[[nodiscard]] std::string_view event_name(EntryKind kind);

/// A message's body as stored: {"text":…,"attributes":…}, attributes only when there are any.
[[nodiscard]] std::string message_body(const std::string& text, const std::string& attributes);

/// What a message says.
struct Content {
  std::string text;
  std::string attributes;      ///< A JSON object or empty.
  std::uint64_t reply_to = 0;  ///< 0: none.
  std::vector<Person> mentions = {};
};

/// The same with ,"reply_to":…,"mentions":[user] where there are any.
[[nodiscard]] std::string message_body(const Content& content);

/// Takes those out who are not among `members`.
void keep_members(std::vector<Person>& mentions, const std::vector<std::int64_t>& members);

/// A membership entry's body: {"member":{…,"role":…}}, and `more` JSON fields, as ,"key":value.
[[nodiscard]] std::string member_body(const Person& member, Role role, std::string_view more = "");

/// What a member_left entry says besides: ,"reason":"left", "removed" or "banned".
[[nodiscard]] std::string_view leaving_reason(bool self, bool banned);

/// Far above what the limits at their highest come to (limits.hpp), escaped and with all mentions.
inline constexpr std::size_t kMaxBodyBytes = 2UL << 20;
/// Shown in place of one that is_readable() says no to.
inline constexpr auto kUnreadableBody = R"({"unreadable":true})";

/// Whether a stored body can be what this program stored: an object, as far as that can be told
/// without parsing, of what is JSON by PostgreSQL's word, and not too large.
[[nodiscard]] bool is_readable(std::string_view body);

/// The entry as clients get it, live, in history and in answers alike (docs/protocol.md, "Events").
[[nodiscard]] std::string event_json(const Entry& entry, const Person& actor);

/// {"id":…,"uuid":…,"username":…,"name":…}
void append_person(std::string& out, const Person& person);

/// {"room":…,"name":…,"kind":…}: the "room.added" and "room.removed" event of a user.
[[nodiscard]] std::string notice_json(const Room& room, std::uint64_t seq);

/// {"room":…,"user":{…},"seq":…}: the "read" event.
[[nodiscard]] std::string receipt_json(const Receipt& receipt);

[[nodiscard]] std::string_view role_name(Role role);
[[nodiscard]] std::string_view room_kind_name(RoomKind kind);

}  // namespace confab::message_store
