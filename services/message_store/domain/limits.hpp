#pragma once

#include <cstddef>

#include "common/base/result.hpp"

namespace confab::message_store {

// The defaults of StoreLimits (docs/protocol.md, "Limits").
inline constexpr std::size_t kMaxTextBytes = 16 * 1024;
inline constexpr std::size_t kMaxAttributesBytes = 8 * 1024;
inline constexpr std::size_t kMaxMentions = 50;
inline constexpr std::size_t kMaxEdits = 1000;
inline constexpr std::size_t kMaxReactionKinds = 20;
inline constexpr std::size_t kMaxPins = 100;
inline constexpr std::size_t kMaxFirstMembers = 1000;
inline constexpr std::size_t kMaxMembers = 20'000;
inline constexpr std::size_t kMaxRoomsOfUser = 5000;
inline constexpr std::size_t kMaxInvites = 100;
inline constexpr std::size_t kMaxBlocks = 1000;

/// How large things may be, and how many there may be of them. What is there already stays when a
/// limit is lowered.
struct StoreLimits {
  std::size_t text_bytes = kMaxTextBytes;
  std::size_t attributes_bytes = kMaxAttributesBytes;
  std::size_t mentions = kMaxMentions;             ///< In one message.
  std::size_t edits = kMaxEdits;                   ///< Of one message.
  std::size_t reaction_kinds = kMaxReactionKinds;  ///< To one message.
  std::size_t pins = kMaxPins;                     ///< In one room.
  std::size_t first_members = kMaxFirstMembers;    ///< That a room is made with.
  std::size_t members = kMaxMembers;               ///< Of one room.
  std::size_t rooms = kMaxRoomsOfUser;             ///< That one user is in.
  std::size_t invites = kMaxInvites;               ///< That are good, to one room.
  std::size_t blocks = kMaxBlocks;                 ///< Of one user.
};

// The errors of what is there too often.
[[nodiscard]] inline Error too_many(ErrorCode code, std::size_t limit, const char* what) {
  return {code, "at most " + std::to_string(limit) + " " + what};
}
[[nodiscard]] inline Error too_many_members(const StoreLimits& limits) {
  return too_many(ErrorCode::too_many_members, limits.members, "members are in a room");
}
[[nodiscard]] inline Error too_many_rooms(const StoreLimits& limits) {
  return too_many(ErrorCode::too_many_rooms, limits.rooms, "rooms have the same user in them");
}
[[nodiscard]] inline Error too_many_invites(const StoreLimits& limits) {
  return too_many(ErrorCode::too_many_invites, limits.invites, "invitations to a room are good");
}
[[nodiscard]] inline Error too_many_blocks(const StoreLimits& limits) {
  return too_many(ErrorCode::too_many_blocks, limits.blocks, "users are blocked by one");
}

/// What text_bytes may be at most: pages of messages are cut at a size, and calls have one.
inline constexpr std::size_t kMostTextBytes = 64 * 1024;
/// What attributes_bytes may be at most: more of JSON is not looked at.
inline constexpr std::size_t kMostAttributesBytes = 32 * 1024;

}  // namespace confab::message_store
