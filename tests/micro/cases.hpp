#pragma once

#include <functional>
#include <string>
#include <vector>

namespace confab::micro {

/// Something small that the path of a message does often.
struct Case {
  std::string name;
  std::size_t items = 1;  ///< What one call of the operation works on: packets, messages.
  /// Prepares, and gives the operation to measure.
  std::function<std::function<void()>()> prepare;
};

[[nodiscard]] std::vector<Case> frame_cases();
[[nodiscard]] std::vector<Case> packet_cases();
[[nodiscard]] std::vector<Case> event_cases();
[[nodiscard]] std::vector<Case> lane_cases();

}  // namespace confab::micro
