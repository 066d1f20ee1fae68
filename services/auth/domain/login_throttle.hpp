#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "auth/domain/account.hpp"
#include "common/base/clock.hpp"

namespace confab::auth {

struct LoginLimit {
  int failures = 10;  ///< Failed logins of one username within the window.
  std::chrono::milliseconds window{std::chrono::minutes(15)};
  std::size_t usernames = 10'000;  ///< Remembered at once.
};

/// Slows the guessing of one user's password down. Counts in memory: with N replicas a guesser has
/// N times the limit, and a restart forgets. Whether the username exists makes no difference.
///
/// Thread-safe. Logins running at the same moment may exceed the limit by their number.
class LoginThrottle {
 public:
  LoginThrottle(LoginLimit limit, const Clock& clock) : limit_(limit), clock_(clock) {}

  /// How long a login of this username has to wait; zero when it may be tried.
  [[nodiscard]] std::chrono::milliseconds wait(const std::string& username_key) const;

  /// When the table is full, the username with the fewest failures is forgotten for a new one.
  void failed(const std::string& username_key);
  void succeeded(const std::string& username_key);

 private:
  struct Failures {
    int count = 0;
    Time since;
  };

  [[nodiscard]] bool is_over(const Failures& failures) const;
  void make_room();

  LoginLimit limit_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // Guards failures_.
  std::unordered_map<std::string, Failures> failures_;
};

}  // namespace confab::auth
