#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace confab::message_store {

/// Users named with a reaction; beyond, only the count tells.
inline constexpr std::size_t kMaxNamedReactors = 50;

/// One kind of reaction to a message.
struct ReactionCount {
  std::string reaction;
  std::uint64_t count = 0;
  std::vector<std::int64_t> user_ids;  ///< The first kMaxNamedReactors, in the order they reacted.
};

/// What later entries of the log have made of a message. A redacted one has nothing of this: its
/// own entry tells.
struct MessageState {
  std::uint64_t seq = 0;       ///< Of the message.
  std::uint64_t edit_seq = 0;  ///< Of the latest edit; 0: none.
  std::int64_t edited_ms = 0;
  std::string edit_body;                 ///< Of the latest edit, as stored.
  std::vector<ReactionCount> reactions;  ///< In the order of their first users.
  bool pinned = false;
};

}  // namespace confab::message_store
