#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "gateway/domain/call_limits.hpp"

namespace confab::gateway {

/// What may come in at the doors, before a user is known or before they are let in; see --help.
/// Without values, anything.
struct DoorRates {
  Rate connects{};       ///< From one address.
  Rate sign_ups{};       ///< From one address.
  Rate logins{};         ///< From one address, refreshed tokens included.
  Rate failed_logins{};  ///< From one address with one username.
  std::size_t connections_of_address = 0;
  std::size_t connections_of_user = 0;
};

/// What one open connection may use.
struct SessionLimits {
  /// Commands without an answer; with so many no more is read of the client until half of them have
  /// one. What has been read by then, or comes by polling, is taken up to twice as many, and
  /// refused with too_many_commands beyond.
  std::size_t max_in_flight = 1000;
  /// Rooms that it is subscribed to when it comes, and by its own wish later.
  std::size_t max_rooms = 500;
  /// Commands that limits may refuse; at more it is closed.
  Rate refusals{};
};

/// Where somebody comes from, as it is counted; nothing for where nothing is.
using CountedAddress = std::optional<LimitKey>;

/// A place that is taken until the last copy of this is gone; may be null.
using Place = std::shared_ptr<void>;

/// How many places each of many keys has taken. Thread-safe. Places may outlive it.
class Places {
 public:
  explicit Places(std::size_t most);

  /// Null when they are not limited; too_many_connections with `what` when all are taken.
  [[nodiscard]] Result<Place> take(const LimitKey& key, std::string_view what);
  /// Keys that have taken one.
  [[nodiscard]] std::size_t keys() const;

 private:
  struct Table {
    std::mutex mutex;  // Guards taken.
    std::unordered_map<LimitKey, std::size_t, LimitKeyHash> taken;
  };
  const std::size_t most_;  // 0: no limit.
  std::shared_ptr<Table> table_;
};

/// Holds addresses and users to their share of connections, accounts and logins. All event loops of
/// a gateway share it. Thread-safe.
class DoorLimits {
 public:
  DoorLimits(const DoorRates& rates, const SteadyClock& clock);

  /// connect_rate_limited or too_many_connections; otherwise what the connection is to keep.
  [[nodiscard]] Result<Place> connect(const CountedAddress& address);
  /// too_many_connections; otherwise what the session is to keep.
  [[nodiscard]] Result<Place> let_in(std::int64_t user_id);

  [[nodiscard]] Result<> sign_up(const CountedAddress& address);
  /// Before a login; `username` is empty for a refresh token. Its failure is told by
  /// login_failed().
  [[nodiscard]] Result<> log_in(const CountedAddress& address, std::string_view username);
  void login_failed(const CountedAddress& address, std::string_view username);

 private:
  const SteadyClock& clock_;
  RateLimiter connects_;
  RateLimiter sign_ups_;
  RateLimiter logins_;
  RateLimiter failed_logins_;
  Places of_addresses_;
  Places of_users_;
};

}  // namespace confab::gateway
