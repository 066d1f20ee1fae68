#pragma once

#include "gateway/dialects/message.hpp"
#include "gateway/dialects/v1/door_parts.hpp"

namespace confab::gateway::dialects {

/// Entries that are no messages which one history goes back over at most.
inline constexpr std::size_t kMostOthers = 10'000;

/// Messages of a room: the latest `limit` but for `skip`, of those below `before` if that is given.
struct MessagePage {
  std::optional<std::uint64_t> before;
  std::size_t skip = 0;
  std::size_t limit = 0;
};

/// The newest first; fewer where kMostOthers other entries lie between. The log is read by pages,
/// of which the caller has counted the first for the reader; each further one counts as "history".
[[nodiscard]] Task<Result<std::vector<Message>>> latest_messages(const DoorParts& door, User reader,
                                                                 std::string gid, MessagePage page);

}  // namespace confab::gateway::dialects
