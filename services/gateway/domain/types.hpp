#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace confab::gateway {

/// A user as clients see one.
struct User {
  std::int64_t id = 0;
  std::string uuid;
  std::string username;
  std::string name;
};

/// What stands for an access token where the token itself must not be kept.
using TokenMark = std::array<std::uint8_t, 16>;

/// Who speaks, proven by an access token.
struct Identity {
  User user;
  std::string session_id;  ///< The auth session: revoked as a whole.
  std::chrono::system_clock::time_point expires_at;
  TokenMark token_mark{};
};

/// What the auth service answers to sign-up, login and refresh.
struct Login {
  User user;
  std::string access_token;
  std::uint32_t expires_in_s = 0;
  std::string refresh_token;
};

/// A place in a room's log. `check` is the first 8 bytes of the msg_id there; empty at seq 0.
struct Position {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::string check;
};

/// Whether `a` is a later place than `b`.
[[nodiscard]] inline bool is_ahead(const Position& a, const Position& b) {
  return a.epoch != b.epoch ? a.epoch > b.epoch : a.seq > b.seq;
}

struct RoomRef {
  std::uint64_t room_id = 0;
  std::string gid;
};

/// A room that a user may listen to: they were known to be let in when its log had come to `as_of`.
/// Whether they have been put out since, only the log after it tells.
struct Admission {
  RoomRef room;
  Position as_of;
};

enum class EntryKind {
  message,
  member_joined,
  member_left,
  message_edited,
  message_redacted,
  reaction,
  pin,
  member_updated,
  room_updated,
  unknown,
};

/// Of entries that say something new about a message: history shows them in it, not by themselves.
[[nodiscard]] inline bool changes_message(EntryKind kind) {
  return kind >= EntryKind::message_edited && kind <= EntryKind::pin;
}

/// One entry of a room's log as it reached this gateway.
struct Entry {
  std::uint64_t room_id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::string check;       ///< First 8 bytes of its msg_id.
  std::string prev_check;  ///< The same of the entry before; empty at seq 1.
  EntryKind kind = EntryKind::unknown;
  std::int64_t subject_id = 0;   ///< The member concerned.
  std::uint64_t target_seq = 0;  ///< The message changed.
  std::string json;              ///< The client's event object.
  std::int64_t actor_id = 0;     ///< Whose act it is: the sender of a message.
};

struct Head {
  std::uint64_t room_id = 0;
  Position position;
};

struct Member {
  User user;
  std::string role;
  std::int64_t added_ms = 0;
  std::string added_by;  ///< Username.
};

struct Room {
  RoomRef ref;
  std::string name;
  std::string kind;
  std::int64_t created_ms = 0;
  User created_by;
  Position head;
  std::vector<Member> members{};  ///< Empty where a call does not give them.
  std::string topic{};
  std::string picture{};
  bool archived = false;
};

[[nodiscard]] inline Admission admission(const Room& room) { return {room.ref, room.head}; }

/// A room to be made.
struct NewRoom {
  std::string name;
  std::string kind;
  std::string topic{};
  std::string picture{};
};

struct NewMessage {
  std::uint64_t room_id = 0;
  std::int64_t sender_id = 0;
  std::string client_msg_id;
  std::string text;
  std::string attributes;      ///< A JSON object or empty.
  std::uint64_t reply_to = 0;  ///< Seq of another message; 0: none.
  std::vector<User> mentions = {};
};

/// The promise: stored for ever at this place.
struct Ack {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::string msg_id;  ///< Text form.
  std::int64_t ts = 0;
};

/// Which entries: the oldest above `after` (or from the start), else the newest below `before`,
/// else the newest.
struct LogRange {
  std::optional<std::uint64_t> after;
  std::optional<std::uint64_t> before;
  std::uint32_t limit = 50;
  bool folded = false;  ///< Messages as they are now, without the entries that changed them.
};

struct LogPage {
  Position head;
  std::vector<Entry> entries;  ///< Rising seq; a folded page is not linked by prev_check.
  bool more = false;
};

/// The user entered or left a room; for each of the user's sessions.
struct UserNotice {
  std::int64_t user_id = 0;
  RoomRef room;
  bool added = false;
  std::uint64_t epoch = 0;
  std::uint64_t seq =
      0;             ///< Of the membership entry; 0 when the room was made with the user in it.
  std::string json;  ///< The client's event object.
};

}  // namespace confab::gateway
