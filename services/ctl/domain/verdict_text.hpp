#pragma once

#include <string>

#include "ctl/domain/checker.hpp"

namespace confab::ctl {

/// Exit codes of a verdict.
enum class VerdictCode {
  passed = 0,
  broken = 1,     ///< A promise was.
  worthless = 2,  ///< Nothing was found, and too little happened to mean anything.
};
[[nodiscard]] VerdictCode code_of(const CheckVerdict& verdict);

/// Lines for people: what happened, and the first few findings of each code.
[[nodiscard]] std::string verdict_text(const CheckVerdict& verdict);
/// The same as a JSON object: {verdict, figures, counts, violations}.
[[nodiscard]] std::string verdict_json(const CheckVerdict& verdict);

}  // namespace confab::ctl
