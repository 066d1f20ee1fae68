#pragma once

#include <string>
#include <vector>

#include "common/config/options.hpp"
#include "ctl/domain/verify_plan.hpp"

namespace confab::ctl {

/// What "confabctl verify" is told.
struct VerifyConfig {
  /// Tokens of accounts live for 15 minutes by default.
  static constexpr std::chrono::minutes kLongest{10};

  VerifyPlan plan;
  std::string report;   ///< A path; empty: none is written.
  std::string history;  ///< The same.
  std::string judge;    ///< A history that was kept, to be judged instead.

  config::Options options{"verify"};

  VerifyConfig();
  VerifyConfig(const VerifyConfig&) = delete;  // The options point at the fields.
  VerifyConfig& operator=(const VerifyConfig&) = delete;

  /// invalid_argument naming the first option that is missing or cannot work.
  [[nodiscard]] Result<> check() const;
};

}  // namespace confab::ctl
