#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "message_store/domain/message_changes.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// One message of a batch, checked and rendered.
struct Draft {
  std::int64_t sender_id = 0;
  std::string client_msg_id;
  Uuid msg_id;       ///< Used unless the message turns out to be a repeat.
  std::string body;  ///< JSON object.
};

/// The messages of one room in a batch.
struct RoomDrafts {
  std::uint64_t room_id = 0;
  std::span<const Draft> drafts;
};

/// What became of one room's messages.
struct AppendOutcome {
  std::vector<Result<Appended>> results;  ///< One a draft, in their order.
  std::vector<Entry> stored;              ///< New entries, rising seq: what to publish.
};

/// A change of a member that is an entry of the log.
struct MemberChange {
  std::uint64_t room_id = 0;
  Person actor;
  Person member;
  Role role = Role::member;  ///< Of a member that joins.
  Uuid msg_id;
  bool reopens_direct = false;  ///< One of the two comes back to their direct room.
  std::string invite{};         ///< The secret of an invitation to come in by, or empty.
};

struct MemberOutcome {
  Member member;
  Entry entry;
};

/// What is true of a message that is about to be stored and of those it refers to.
struct References {
  bool reply_to_exists = false;       ///< It is a message of the room.
  std::vector<std::int64_t> members;  ///< Of the users asked for, those in the room now.
};

struct NewRoom {
  std::uint64_t room_id = 0;
  std::string gid;
  std::string name;
  RoomKind kind = RoomKind::private_room;
  Person creator;
  std::vector<Person> members;  ///< Without the creator.
  std::string topic{};
  std::string picture{};
};

/// How far a user has read; for the others in the room.
struct Receipt {
  std::uint64_t room_id = 0;
  std::string gid;
  Person reader;
  std::uint64_t seq = 0;
};

/// Port: the rooms' logs. PgRoomLog implements it, FakeStore in tests. Every call blocks and is
/// one transaction; unavailable means that nothing was done, unknown_outcome that nobody knows.
class RoomLog {
 public:
  virtual ~RoomLog() = default;

  /// Gives each room's drafts the next places of its log, in their order, one place for ever to
  /// each (room, sender, client_msg_id), all in one transaction; the answer has an item a room.
  /// Writes even when all are repeats, so that an ack for a repeat is durable, too.
  ///
  /// A draft fails alone with not_a_member, or permission_denied of a member who only reads or in
  /// an archived room, or blocked; a room with room_not_found. Of several rooms one that another
  /// session holds fails alone with unavailable, so that it does not hold up the others: try it
  /// alone, which waits. `rooms` are rising by id, each once.
  [[nodiscard]] virtual Result<std::vector<Result<AppendOutcome>>> append_all(
      std::span<const RoomDrafts> rooms) = 0;

  /// The same for one room.
  [[nodiscard]] Result<AppendOutcome> append(std::uint64_t room_id, std::span<const Draft> drafts) {
    const RoomDrafts one[] = {{room_id, drafts}};
    auto outcomes = append_all(one);
    if (!outcomes) return outcomes.error();
    return std::move(outcomes->front());
  }

  /// With both bounds, what lies between them. room_not_found; not_a_member unless `reader_id` is
  /// 0 or a member now.
  [[nodiscard]] virtual Result<LogPage> read(std::uint64_t room_id, std::int64_t reader_id,
                                             const LogRange& range) = 0;

  /// Heads of those rooms that exist.
  [[nodiscard]] virtual Result<std::vector<Head>> heads(std::span<const std::uint64_t> rooms) = 0;

  /// Makes `change.member` a member. already_exists, permission_denied, not_a_member (the actor),
  /// room_not_found; not_found for an invitation that is not good (any more).
  [[nodiscard]] virtual Result<MemberOutcome> join(const MemberChange& change) = 0;

  /// Takes `change.member` out. user_not_found when it is no member; permission_denied;
  /// not_a_member (the actor); room_not_found.
  [[nodiscard]] virtual Result<MemberOutcome> leave(const MemberChange& change) = 0;

  /// Does what judge() allows, and adds the entry that says so. A repeat of an edit, told by its
  /// client_msg_id, has the first one's place, also for somebody who has left since; already_exists
  /// when that one was of another message. room_not_found, and what judge() says.
  [[nodiscard]] virtual Result<ChangeOutcome> change(const MessageChange& change) = 0;

  /// Whether `reply_to` is a message of the room, and which of the users are members.
  [[nodiscard]] virtual Result<References> look_up(std::uint64_t room_id, std::uint64_t reply_to,
                                                   std::span<const std::int64_t> user_ids) = 0;

  /// The pinned messages as a folded page, but the latest pinned first. As read().
  [[nodiscard]] virtual Result<LogPage> pins(std::uint64_t room_id, std::int64_t reader_id) = 0;
};

/// Port: rooms as such, and the people shown in them. Blocks. PgRooms, FakeStore.
class Rooms {
 public:
  virtual ~Rooms() = default;

  /// already_exists when the gid or room id is taken: try another. Sets `Room::members`.
  [[nodiscard]] virtual Result<Room> create(const NewRoom& room) = 0;

  /// The direct room of the two users, whichever order; `room` is created when there is none.
  /// `*created` tells which. blocked when the other has blocked the creator. already_exists when
  /// the new one's gid or room id is taken.
  [[nodiscard]] virtual Result<Room> find_or_create_direct(const NewRoom& room, bool* created) = 0;

  /// room_not_found. Members are only there when asked for.
  [[nodiscard]] virtual Result<Room> find(const std::string& gid, bool with_members) = 0;

  /// Those of the users who are members, in any order.
  [[nodiscard]] virtual Result<std::vector<std::int64_t>> members_among(
      std::uint64_t room_id, std::span<const std::int64_t> user_ids) = 0;

  [[nodiscard]] Result<bool> is_member(std::uint64_t room_id, std::int64_t user_id) {
    const auto members = members_among(room_id, {&user_id, 1});
    if (!members) return members.error();
    return !members->empty();
  }

  /// The most recently joined first, without members.
  [[nodiscard]] virtual Result<std::vector<Room>> of_user(std::int64_t user_id,
                                                          std::uint32_t limit) = 0;

  [[nodiscard]] virtual Result<std::vector<Person>> people(
      std::span<const std::int64_t> user_ids) = 0;
};

/// A user entered or left a room; for all devices of that user.
struct UserNotice {
  std::int64_t user_id = 0;
  Room room;
  bool added = false;
  std::uint64_t seq = 0;  ///< Of the membership entry; 0 when it came with the room.
};

/// Port: tells the gateways what was committed. Never blocks, may lose anything, keeps the order of
/// one thread's calls for one room. RedisEvents, RecordingEvents.
class Events {
 public:
  virtual ~Events() = default;
  /// `entries` are of one commit, those of a room together and with rising seq; `json` holds the
  /// client's form of each.
  virtual void committed(std::span<const Entry> entries, std::span<const std::string> json) = 0;
  virtual void notify(const UserNotice& notice) = 0;
  /// Those of a room together.
  virtual void receipts(std::span<const Receipt> receipts) = 0;
};

}  // namespace confab::message_store
