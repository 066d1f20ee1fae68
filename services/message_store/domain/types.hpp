#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/uuid.hpp"
#include "message_store/domain/message_state.hpp"

namespace confab::message_store {

/// A user as rooms and events show it. The account itself belongs to the auth service.
struct Person {
  std::int64_t id = 0;
  std::string uuid;
  std::string username;
  std::string name;
};

/// Stored in PostgreSQL and equal to confab.event.v1.Kind: never reuse a number.
enum class EntryKind : std::int16_t {
  message = 1,
  member_joined = 2,
  member_left = 3,
  message_edited = 4,
  message_redacted = 5,
  reaction = 6,
  pin = 7,
  member_updated = 8,  ///< Another role, or banned or not, of somebody who stays in or out.
  room_updated = 9,
};

/// Of entries that say something new about a message: history shows them in it, not by themselves.
[[nodiscard]] inline bool changes_message(EntryKind kind) {
  return kind >= EntryKind::message_edited && kind <= EntryKind::pin;
}

enum class RoomKind : std::int16_t { private_room = 1, public_room = 2, direct = 3 };

/// Higher is less: owner 1, admin 2, member 3, read_only 4. `blocked` is one of the two of a direct
/// room whom the other has blocked: reads, and does not send; clients see a member.
enum class Role : std::int16_t { owner = 1, admin = 2, member = 3, read_only = 4, blocked = 5 };

/// Bytes of a msg_id that stand for it in positions: enough to tell a fork of the log.
inline constexpr std::size_t kCheckBytes = 8;

/// The end of a room's log.
struct Head {
  std::uint64_t room_id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;  ///< 0: nothing yet.
  std::string check;      ///< kCheckBytes of the msg_id at seq; empty at 0.
};

/// One entry of a room's log, as stored.
struct Entry {
  std::uint64_t room_id = 0;
  std::string gid;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  Uuid msg_id;
  std::string prev_check;  ///< kCheckBytes of the msg_id at seq - 1; empty at 1.
  EntryKind kind = EntryKind::message;
  std::int64_t actor_id = 0;
  std::int64_t subject_id = 0;   ///< The member concerned; 0 for messages.
  std::uint64_t target_seq = 0;  ///< The message changed; 0 if none is.
  std::string client_msg_id;
  std::string body;  ///< A JSON object: what the kind adds to the client's event.
  std::int64_t created_ms = 0;
};

struct NewMessage {
  std::uint64_t room_id = 0;
  std::int64_t sender_id = 0;
  std::string client_msg_id;
  std::string text;
  std::string attributes;         ///< A JSON object or empty; checked by the border.
  std::uint64_t correlation = 0;  ///< The sender's own number for it.
  std::uint64_t reply_to = 0;     ///< Seq of another message; 0: none.
  std::vector<Person> mentions = {};

  [[nodiscard]] bool refers() const { return reply_to > 0 || !mentions.empty(); }
};

/// Where a message stands for ever.
struct Appended {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  Uuid msg_id;
  std::int64_t created_ms = 0;
  bool repeat = false;  ///< It had been stored before.
};

struct Member {
  Person person;
  Role role = Role::member;
  std::int64_t added_ms = 0;
  std::int64_t added_by = 0;
  std::string added_by_username;
};

struct Room {
  std::uint64_t room_id = 0;
  std::string gid;
  std::string name;
  RoomKind kind = RoomKind::private_room;
  std::int64_t created_ms = 0;
  Person created_by;
  Head head;
  std::vector<Member> members{};  ///< Empty where a call does not ask for them.
  std::string topic{};
  std::string picture{};  ///< A URL, or empty.
  bool archived = false;  ///< Nothing is added to it but leavings.
};

/// Which entries of a log. With `after` (or from_start) the oldest above it, otherwise the newest
/// below `before`, or the newest of all.
struct LogRange {
  std::uint64_t after = 0;
  std::uint64_t before = 0;
  std::uint32_t limit = 50;
  bool from_start = false;
  bool folded = false;  ///< Without changes of messages, but with what they come to.

  [[nodiscard]] bool upward() const { return after > 0 || from_start; }
};

struct LogPage {
  Head head;
  std::vector<Entry> entries;  ///< Rising seq; a folded page is not linked by prev_check.
  bool more = false;           ///< Others lie beyond, in the reading direction.
  std::vector<MessageState> states =
      {};  ///< Of a folded page's messages that were changed: rising seq.
};

}  // namespace confab::message_store
