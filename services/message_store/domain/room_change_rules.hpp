#pragma once

#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

// What PgRoomChanges and its fake share: who may, and what the entry says.

/// check_settings(), and check_archive() for `archived`, of what the patch has.
[[nodiscard]] Result<> check_update(const MembershipFacts& facts, const RoomPatch& patch);
[[nodiscard]] Result<> check_invite(const MembershipFacts& facts);

/// Changes the room and returns what has become different, as JSON fields without braces; empty:
/// nothing.
[[nodiscard]] std::string apply_patch(Room& room, const RoomPatch& patch);
/// {"changed":{…}}
[[nodiscard]] std::string changed_body(const std::string& fields);

/// The entry of a ban or unban says as much as clients need: of a member that they have left, with
/// the reason; of somebody outside {"member":…,"banned":…}.
struct BanEntry {
  EntryKind kind;
  std::string body;
};
[[nodiscard]] BanEntry ban_entry_of(const MemberChange& change, const MembershipFacts& facts,
                                    bool banned);

}  // namespace confab::message_store
