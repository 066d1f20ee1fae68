#pragma once

#include "ctl/domain/fake_world.hpp"
#include "ctl/service_addresses.hpp"

namespace confab::ctl {

/// What "confabctl fake" is told.
struct FakeConfig {
  ServiceAddresses addresses;
  std::size_t users = 0;
  std::size_t messages = 0;
  std::uint64_t seed = 1;
  std::size_t weeks = 6;
  std::string until;  ///< YYYY-MM-DD.
  std::string password;

  config::Options options{"ctl"};

  FakeConfig();
  FakeConfig(const FakeConfig&) = delete;  // The options point at the fields.
  FakeConfig& operator=(const FakeConfig&) = delete;

  /// What to make; invalid_argument naming the first option that is missing or cannot work. `now`
  /// is for what is not said.
  [[nodiscard]] Result<FakePlan> plan(std::chrono::system_clock::time_point now) const;
};

}  // namespace confab::ctl
