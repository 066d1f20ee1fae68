#pragma once

#include "message_store/domain/permissions.hpp"

namespace confab::message_store {

// What each role may do, beside coming and going (permissions.hpp). docs/protocol.md, "Roles", has
// the table.

[[nodiscard]] inline bool may_write(Role role) { return role < Role::read_only; }
[[nodiscard]] inline bool in_charge(const std::optional<Role>& role) {
  return role == Role::owner || role == Role::admin;
}

/// As what the actor acts: in a room that has lost its owners admins stand for them. The actor is a
/// member.
[[nodiscard]] Role rank(const MembershipFacts& facts);

/// Whether the subject's role may become `role`. The last one in charge stays in charge.
/// permission_denied, not_a_member (the actor), user_not_found (the subject).
[[nodiscard]] Result<> check_role(const MembershipFacts& facts, Role role);

/// Whether the subject, member or not, may be banned or unbanned. permission_denied, not_a_member.
[[nodiscard]] Result<> check_ban(const MembershipFacts& facts);

/// Whether the actor may change the room's settings, or put it into the archive or take it out.
/// permission_denied, not_a_member.
[[nodiscard]] Result<> check_settings(const MembershipFacts& facts);
[[nodiscard]] Result<> check_archive(const MembershipFacts& facts);

/// Whether the actor may invite and see who is banned. permission_denied, not_a_member.
[[nodiscard]] Result<> check_in_charge(const MembershipFacts& facts);

}  // namespace confab::message_store
