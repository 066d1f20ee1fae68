#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "gateway/domain/types.hpp"

namespace confab::gateway::dialects {

/// A message out of a room's log, for dialects that say it in their own words.
struct Message {
  std::string gid;
  std::uint64_t seq = 0;
  std::int64_t ts = 0;  ///< Milliseconds since 1970.
  User sender;
  std::string text;
  boost::json::object attributes;
};

/// Nothing for entries that are no message, or one whose content was taken away.
[[nodiscard]] std::optional<Message> message_of(const Entry& entry);

}  // namespace confab::gateway::dialects
