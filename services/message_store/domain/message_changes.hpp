#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/base/result.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// docs/protocol.md, "Limits".
inline constexpr std::size_t kMaxReactionBytes = 64;

/// New content in place of a message's.
struct Edit {
  std::string client_msg_id;
  std::string text;
  std::optional<std::string> attributes;  ///< Nothing: as they are. "{}": none.
  std::vector<Person> mentions;
};
/// Takes a message's content away, also that of its edits, for good.
struct Redact {
  /// The sender's account was deleted: also in rooms they have left, and in archived ones.
  bool farewell = false;
};
struct React {
  std::string reaction;
  bool remove = false;
};
struct Pin {
  bool pinned = true;
};

/// Something that is to be said about a message of a room.
struct MessageChange {
  std::uint64_t room_id = 0;
  Person actor;
  std::uint64_t target_seq = 0;
  Uuid msg_id;  ///< Of the entry, unless nothing changes.
  std::variant<Edit, Redact, React, Pin> what;
  std::chrono::milliseconds edit_window{0};  ///< Messages older than this stay; 0: none does.
};

/// What became of it.
struct ChangeOutcome {
  std::optional<Appended> place;  ///< Of the entry by which it is so; nothing if there is none.
  std::optional<Entry> entry;     ///< A new one: what to publish.
};

/// What is known of a message, under the room's lock, when somebody wants to change it.
struct MessageFacts {
  std::optional<Role> actor;  ///< Nothing: no member.
  RoomKind room_kind = RoomKind::private_room;
  bool archived = false;
  bool exists = false;  ///< The target is a message of the room.
  std::int64_t sender_id = 0;
  Uuid msg_id;
  std::chrono::milliseconds age{0};
  std::string attributes;      ///< Now; a JSON object or empty.
  std::uint64_t reply_to = 0;  ///< 0: none.
  std::size_t edits = 0;
  bool redacted = false;
  std::uint64_t since_seq = 0;   ///< Of the entry by which it is as wanted; 0: it is not.
  std::size_t of_this_kind = 0;  ///< Users with the reaction in question.
  std::size_t other_kinds = 0;   ///< Kinds of reaction besides that.
  std::size_t pins = 0;          ///< In the room.
};

[[nodiscard]] EntryKind kind_of(const MessageChange& change);

/// "" where repeats are not told by a client's id. In the log edits have a space of ids of their
/// own, so that the id of a message is never taken for that of an edit.
[[nodiscard]] std::string stored_client_msg_id(const MessageChange& change);

/// As far as it can be told without the message: invalid_argument, empty_text, text_too_long,
/// payload_too_large.
[[nodiscard]] Result<> check_change(const MessageChange& change, const StoreLimits& limits = {});

/// Whether it changes anything, or why it may not be: not_a_member, message_not_found,
/// permission_denied, blocked, redacted, edit_window_over, empty_text, too_many_edits,
/// too_many_reactions, too_many_pins.
[[nodiscard]] Result<bool> judge(const MessageChange& change, const MessageFacts& facts,
                                 const StoreLimits& limits = {});

/// The body of the entry by which it is done. Mentioned are those of `members` only.
[[nodiscard]] std::string change_body(const MessageChange& change, const MessageFacts& facts,
                                      const std::vector<std::int64_t>& members);

/// The bodies that a redaction, stored at `seq`, leaves of the message and of its edits.
struct RedactedBodies {
  std::string message;
  std::string edit;
};
[[nodiscard]] RedactedBodies redacted_bodies(const MessageChange& change, const MessageFacts& facts,
                                             std::uint64_t seq, std::int64_t created_ms);

/// Whether the state's last edit can be what this program stored for the message.
[[nodiscard]] bool is_readable_edit(const Entry& entry, const MessageState& state);

/// A message as it is now: its entry's JSON with what `state` adds, or has in its place. An edit in
/// it is readable.
[[nodiscard]] std::string folded_json(Entry entry, const Person& actor, const MessageState& state);

}  // namespace confab::message_store
