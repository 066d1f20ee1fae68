#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace confab::ctl {

/// A place in a room's log; later ones are greater.
struct LogPlace {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  // clang-tidy takes the literal behind a defaulted comparison for the program's own.
  auto operator<=>(const LogPlace&) const = default;  // NOLINT(modernize-use-nullptr)
};
[[nodiscard]] std::string text(const LogPlace& place);

struct LoggedEntry {
  LogPlace place;
  std::string msg_id;
  std::string type;
  std::int64_t user = 0;
  std::int64_t subject = 0;  ///< The member concerned; 0: none.
  std::string cmid;          ///< Empty where there is none, as the next.
  std::string hash;
};

/// What a client recorded; tests/chaos/checker/history.js says which kinds there are and what they
/// have. What a kind has not is empty.
struct HistoryEvent {
  std::string kind;
  std::string client;
  std::int64_t user = 0;
  std::string room;
  std::string cmid;
  std::string hash;
  std::optional<double> key;
  LogPlace place;
  std::string msg_id;
  std::string type;
  std::string code;
  bool sure = false;
  bool final = false;
  double t = 0;  ///< ms of one monotonic clock.
};

/// What clients did and saw, and the logs at the end: the format of tests/chaos/checker/history.js,
/// but for failovers, which a history of a run without faults cannot have.
struct History {
  struct Room {
    std::string gid;
    std::set<std::int64_t> members;  ///< Those it was made with.
  };
  struct Window {
    double from = 0;
    double to = 0;
  };
  struct Counts {
    double oks = 0;
    double deliveries = 0;
    double fired = 0;
  };
  using Log = std::vector<LoggedEntry>;
  using Logs = std::map<std::string, Log>;  ///< By room.

  std::vector<Room> rooms;
  std::vector<HistoryEvent> events;
  std::map<std::string, Logs> logs;  ///< By source.
  std::string truth = "postgres";    ///< The source that decides.
  double end = 0;
  std::vector<Window> windows;  ///< While there was a fault.
  double stale_ms = 0;          ///< Within which what was acknowledged is seen.
  Counts expect;                ///< The least of each.
  double fired = 0;             ///< How often a fault came.
};

/// invalid_argument when it is no history, or one with a failover.
[[nodiscard]] Result<History> parse_history(std::string_view json);
/// As the laboratory's checker reads it.
[[nodiscard]] std::string to_json(const History& history);

}  // namespace confab::ctl
