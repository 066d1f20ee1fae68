#pragma once

#include <chrono>
#include <cstdint>

namespace confab {

/// At most `count` at once, and `count` in each period in the long run.
struct Rate {
  std::uint32_t count = 0;  ///< 0: no limit.
  std::chrono::milliseconds period{0};

  [[nodiscard]] bool limited() const { return count > 0; }
};

}  // namespace confab
