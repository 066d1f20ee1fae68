#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace confab::ctl {

/// How a live installation is tried.
struct VerifyPlan {
  std::vector<std::string> gateways;  ///< URLs.
  std::chrono::milliseconds time{60'000};
  std::size_t users = 6;
  std::size_t rooms = 3;
  std::size_t rate = 5;  ///< Messages a second, of all users together.
};

}  // namespace confab::ctl
