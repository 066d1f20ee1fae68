#pragma once

#include <chrono>
#include <cstddef>

#include "common/config/options.hpp"

namespace confab::gateway {

/// How the gateway ends, and what it sheds when there is too much of something. Part of
/// GatewayConfig.
struct ResilienceConfig {
  std::chrono::milliseconds drain_delay{10'000};
  std::chrono::milliseconds drain_window{60'000};
  std::size_t max_joins = 500;
  std::size_t max_calls = 4000;
  std::size_t memory_limit = 0;

  static constexpr std::chrono::hours kLongestDrain{1};
  static constexpr std::size_t kLeastMemory = 32UL << 20;

  /// The options are bound to this object.
  void declare(config::Options& options);
  /// invalid_argument naming the option that is out of range.
  [[nodiscard]] Result<> check() const;
};

}  // namespace confab::gateway
