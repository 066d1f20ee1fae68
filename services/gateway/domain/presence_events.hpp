#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/domain/subscriber.hpp"

namespace confab::gateway {

/// A member as somebody may see them.
struct Shown {
  User user;
  std::optional<bool> online;  ///< Nothing: it is not known.
  std::int64_t seen_ms = 0;    ///< When they were last known to be connected; 0: not known.
};

/// {"id":…,"uuid":…,"username":…,"name":…}
[[nodiscard]] std::string user_json(const User& user);

/// {"id":…,"username":…,"online"?:…,"last_seen"?:…}; when they were seen only of who is not online.
[[nodiscard]] std::string shown_json(const Shown& shown);

/// The members that are as told here from now on.
[[nodiscard]] EventPtr presence_event(const std::string& gid, const std::vector<Shown>& members);

/// All who type now: `count` users, of whom some are named.
[[nodiscard]] EventPtr typing_event(const std::string& gid, const std::vector<User>& named,
                                    std::size_t count);

/// How long to wait from one batch of events to the next where so many look: the more, the longer,
/// so that what a room costs is bounded whatever happens in it.
[[nodiscard]] std::chrono::milliseconds spacing_for(std::size_t watchers,
                                                    std::chrono::milliseconds usual);

}  // namespace confab::gateway
