#pragma once

#include <string>
#include <vector>

#include "common/config/options.hpp"
#include "ctl/domain/seeder.hpp"

namespace confab::ctl {

/// What "confabctl seed" is told.
struct SeedConfig {
  std::string auth_address = "127.0.0.1:7100";
  std::vector<std::string> message_stores = {"127.0.0.1:7200"};
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
