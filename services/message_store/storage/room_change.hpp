#pragma once

#include <optional>
#include <pqxx/pqxx>

#include "message_store/domain/permissions.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

// What every change of a room or its members does, whatever it is: lock the room's head, look at
// the facts, add the entry. For transactions of the repositories of this folder.

/// A room whose head row is locked until the transaction ends.
struct LockedRoom {
  std::uint64_t room_id = 0;
  std::string gid;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::string check;
  RoomKind kind = RoomKind::private_room;
  bool archived = false;
};

/// room_not_found.
[[nodiscard]] Result<LockedRoom> lock_room(pqxx::work& transaction, std::uint64_t room_id);

/// Without MembershipFacts::invited.
[[nodiscard]] MembershipFacts facts_of(pqxx::work& transaction, const LockedRoom& room,
                                       std::int64_t actor_id, std::int64_t subject_id);

struct NewEntry {
  EntryKind kind;
  Uuid msg_id;
  std::int64_t actor_id = 0;
  std::int64_t subject_id = 0;
  std::string body;
};

/// Adds the entry at the head.
[[nodiscard]] Entry add_entry(pqxx::work& transaction, const LockedRoom& room, NewEntry added);

/// Takes the member out from `seq` on, in both directions.
void drop_member(pqxx::work& transaction, std::uint64_t room_id, std::int64_t user_id,
                 std::uint64_t seq);

}  // namespace confab::message_store
