#pragma once

#include <optional>

#include "common/base/result.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// What is known, under the room's lock, when somebody wants to change who is in a room.
struct MembershipFacts {
  RoomKind kind = RoomKind::private_room;
  bool self = false;                  ///< Actor and subject are one user.
  std::optional<Role> actor;          ///< Nothing: no member.
  std::optional<Role> subject;        ///< Nothing: no member.
  std::int64_t others = 0;            ///< Members besides the subject.
  std::int64_t others_in_charge = 0;  ///< Owners and admins besides the subject.
  bool has_owner = true;
  bool archived = false;
  bool banned = false;   ///< The subject.
  bool invited = false;  ///< The subject brings a good invitation.
};

/// Whether the subject may come in with `role`. Owners and admins bring people in; anybody enters a
/// public room, and who is invited any but a direct one, as a member; nobody who is banned.
/// permission_denied, not_a_member, already_exists.
[[nodiscard]] Result<> check_join(const MembershipFacts& facts, Role role);

/// Whether the subject may be taken out. Everybody may leave, except the last one in charge of
/// others; owners and admins remove others, but not somebody of a higher role.
/// permission_denied, not_a_member, user_not_found.
[[nodiscard]] Result<> check_leave(const MembershipFacts& facts);

}  // namespace confab::message_store
