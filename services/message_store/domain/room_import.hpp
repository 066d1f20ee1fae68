#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// A room as an operator wants it.
struct RoomPlan {
  std::string gid;
  std::string name;                      ///< Empty for a direct room.
  std::string kind;                      ///< Empty: private.
  std::vector<std::int64_t> member_ids;  ///< The first owns it; of a direct room the two.
  std::string topic{};
  std::int64_t created_ms = 0;  ///< 0: now.
};

/// A plan that has been checked.
struct PlannedRoom {
  std::uint64_t room_id = 0;  ///< Used if the room is made.
  std::string gid;
  std::string name;
  RoomKind kind = RoomKind::private_room;
  std::vector<std::int64_t> member_ids;
  std::string topic{};
  std::int64_t created_ms = 0;
};

struct ImportedRooms {
  std::size_t made = 0;           ///< The others were there.
  std::vector<std::string> gids;  ///< In the order asked for.
};

/// A message said in the past, as an operator knows it.
struct PastMessage {
  std::int64_t sender_id = 0;
  std::string client_msg_id;
  std::string text;
  std::string attributes;  ///< A JSON object or empty.
  std::int64_t created_ms = 0;
};

struct RoomPast {
  std::string gid;
  std::vector<PastMessage> messages;  ///< By rising time.
};

/// The same, checked and rendered; `msg_id` and `body` are used if it is added.
struct PastDraft {
  std::int64_t sender_id = 0;
  std::string client_msg_id;
  Uuid msg_id;
  std::string body;
  std::int64_t created_ms = 0;
};

struct RoomDraftsPast {
  std::string gid;
  std::vector<PastDraft> drafts;
};

struct AddedPast {
  std::size_t messages = 0;               ///< The others were there.
  std::vector<std::uint64_t> room_ids{};  ///< Rooms that have grown.
};

/// Port: where rooms are made in bulk. PgRoomImport, and a fake in room_import.cpp's tests. Blocks.
class RoomImportStore {
 public:
  virtual ~RoomImportStore() = default;

  /// Makes those rooms whose gid is free, with their members; all or nothing. A room that is there
  /// stays as it is if its name is the same; else already_exists. Of two who have a direct room
  /// that one stays, whatever its gid.
  [[nodiscard]] virtual Result<ImportedRooms> add(std::span<const Person> people,
                                                  std::span<const PlannedRoom> rooms) = 0;

  /// Adds to the ends of the rooms' logs what is not there by (room, sender, client_msg_id); all or
  /// nothing. room_not_found; not_a_member of a sender who never was one; invalid_argument of a
  /// message that is older than the end of its log. Each names the room and the message.
  [[nodiscard]] virtual Result<AddedPast> add_past(std::span<const RoomDraftsPast> rooms) = 0;
};

/// Rooms and their past in bulk, for operators. Members are not told and their joining is no entry,
/// as of every room's first members (docs/decisions/0003). Thread-safe; blocks.
class RoomImport {
 public:
  static constexpr std::size_t kMaxRooms = 1000;
  static constexpr std::size_t kMaxMembers = 20'000;   ///< Of all rooms of a call together.
  static constexpr std::size_t kMaxMessages = 10'000;  ///< The same.

  /// `grown` is told of each room whose log has become longer.
  RoomImport(
      RoomImportStore& store, const Clock& clock, Random& random, const StoreLimits& limits = {},
      std::function<void(std::uint64_t room_id)> grown = [](auto) {})
      : store_(store), clock_(clock), random_(random), limits_(limits), grown_(std::move(grown)) {}

  /// invalid_argument naming the room or limit that is not kept; already_exists for a gid that a
  /// room of another name has.
  [[nodiscard]] Result<ImportedRooms> add(std::span<const Person> people,
                                          std::span<const RoomPlan> plans);

  /// How many were added. invalid_argument, or what a send would say, naming the room and message;
  /// else what the store says. Then nothing was added.
  [[nodiscard]] Result<std::size_t> add_past(std::span<const RoomPast> rooms);

 private:
  [[nodiscard]] Result<RoomDraftsPast> draft(const RoomPast& room);

  RoomImportStore& store_;
  const Clock& clock_;
  Random& random_;
  const StoreLimits limits_;
  std::function<void(std::uint64_t)> grown_;
};

}  // namespace confab::message_store
