#pragma once

#include <string>

#include "ctl/domain/seeder.hpp"
#include "ctl/service_addresses.hpp"

namespace confab::ctl {

/// What "confabctl seed" is told.
struct SeedConfig {
  ServiceAddresses addresses;
  SeedPlan plan;
  std::string tokens;  ///< A path.
  std::string password;
  bool same_password = false;
  std::chrono::milliseconds token_life{std::chrono::hours(24)};

  config::Options options{"ctl"};

  SeedConfig();
  SeedConfig(const SeedConfig&) = delete;  // The options point at the fields.
  SeedConfig& operator=(const SeedConfig&) = delete;

  /// invalid_argument naming the first option that is missing or cannot work.
  [[nodiscard]] Result<> check() const;

  [[nodiscard]] Seeder::Secrets secrets() const {
    return {password, same_password, std::chrono::floor<std::chrono::seconds>(token_life)};
  }
};

}  // namespace confab::ctl
