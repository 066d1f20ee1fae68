#pragma once

#include <algorithm>
#include <chrono>

#include "common/base/rate.hpp"

namespace confab::gateway {

/// What is left of a Rate: `count` tokens at once, which come back evenly over the period. Full at
/// first.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Takes a token, or takes nothing and tells how long until there is one: never 0 then.
  [[nodiscard]] std::chrono::milliseconds take(const Rate& rate, Time now) {
    const auto full_at = std::max(full_at_, now) + interval(rate);
    if (full_at - now > rate.period) {
      return std::chrono::ceil<std::chrono::milliseconds>(full_at - now - rate.period);
    }
    full_at_ = full_at;
    return std::chrono::milliseconds(0);
  }

  /// Puts back a token that was taken.
  void give_back(const Rate& rate) { full_at_ -= interval(rate); }

  [[nodiscard]] bool is_full(Time now) const { return full_at_ <= now; }

 private:
  static std::chrono::nanoseconds interval(const Rate& rate) {
    return std::chrono::nanoseconds(rate.period) / rate.count;
  }

  Time full_at_{};
};

}  // namespace confab::gateway
