#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// A room as an operator wants it.
struct RoomPlan {
  std::string gid;
  std::string name;
  std::string kind;                      ///< Empty: private.
  std::vector<std::int64_t> member_ids;  ///< The first owns it.
};

/// A plan that has been checked.
struct PlannedRoom {
  std::uint64_t room_id = 0;  ///< Used if the room is made.
  std::string gid;
  std::string name;
  RoomKind kind = RoomKind::private_room;
  std::vector<std::int64_t> member_ids;
};

/// Port: where rooms are made in bulk. PgRoomImport, and a fake in room_import.cpp's tests. Blocks.
class RoomImportStore {
 public:
  virtual ~RoomImportStore() = default;

  /// Makes those rooms whose gid is free, with their members; all or nothing. A room that is there
  /// stays as it is if its name is the same; else already_exists. How many were made.
  [[nodiscard]] virtual Result<std::size_t> add(std::span<const Person> people,
                                                std::span<const PlannedRoom> rooms) = 0;
};

/// Rooms in bulk, for operators. Members are not told and their joining is no entry, as of every
/// room's first members (docs/decisions/0003). Thread-safe; blocks.
class RoomImport {
 public:
  static constexpr std::size_t kMaxRooms = 1000;
  static constexpr std::size_t kMaxMembers = 20'000;  ///< Of all rooms of a call together.

  RoomImport(RoomImportStore& store, const Clock& clock, Random& random)
      : store_(store), clock_(clock), random_(random) {}

  /// invalid_argument naming the room or limit that is not kept; already_exists for a gid that a
  /// room of another name has.
  [[nodiscard]] Result<std::size_t> add(std::span<const Person> people,
                                        std::span<const RoomPlan> plans);

 private:
  RoomImportStore& store_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace confab::message_store
