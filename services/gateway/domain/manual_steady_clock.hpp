#pragma once

#include "common/base/clock.hpp"

namespace confab::gateway {

/// Test support: time that goes on when a test says so.
struct ManualSteadyClock final : SteadyClock {
  std::chrono::steady_clock::time_point time{std::chrono::seconds(1000)};
  [[nodiscard]] std::chrono::steady_clock::time_point now() const override { return time; }
};

}  // namespace confab::gateway
