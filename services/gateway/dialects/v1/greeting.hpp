#pragma once

#include <algorithm>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace confab::gateway::dialects {

/// Which of the user's rooms a connection listens to from the start: all (the default), "none", or
/// the gids listed.
struct RoomWish {
  bool all = true;
  std::vector<std::string> gids;  ///< Sorted, each once.

  [[nodiscard]] bool includes(const std::string& gid) const {
    return all || std::binary_search(gids.begin(), gids.end(), gid);
  }
};

/// What a client says first: {"token":…,"rooms":…} and the ticket of the connection before, which
/// has another name on each wire.
struct Greeting {
  std::string token;
  std::string ticket;
  RoomWish wish;
  bool offsets = false;  ///< It wants to be told the places of entries as offsets.
  std::string offset;    ///< The last of these that it was told; unchecked.
};

/// invalid_argument for bad fields; too_many_subscriptions for a wish for more than `max_rooms`. A
/// ticket that is none is ignored, whatever it is, and so are wishes for what is no gid.
[[nodiscard]] Result<Greeting> parse_greeting(const boost::json::object& data,
                                              std::string_view ticket_name, std::size_t max_rooms);

}  // namespace confab::gateway::dialects
