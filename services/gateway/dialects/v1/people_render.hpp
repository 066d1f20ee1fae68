#pragma once

#include <string>
#include <vector>

#include "gateway/domain/people_ports.hpp"

namespace confab::gateway::dialects {

/// Answers about users as JSON objects (docs/protocol.md).
/// {"users":[…]}
[[nodiscard]] std::string render_users(const std::vector<User>& users);
/// {"results":[…],"cursor":…}
[[nodiscard]] std::string render(const SearchHits& hits);
/// {"sessions":[…]}; `current` is the one that asks.
[[nodiscard]] std::string render_sessions(const std::vector<SessionInfo>& sessions,
                                          const std::string& current);

}  // namespace confab::gateway::dialects
