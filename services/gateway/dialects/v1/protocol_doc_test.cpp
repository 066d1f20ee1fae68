#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "common/base/result.hpp"

// What docs/protocol.md says of errors is what the program does.
namespace confab::gateway::dialects {
namespace {

/// A row of the table of error codes.
struct Documented {
  std::string statuses;
  std::string retry;
};

std::map<std::string, Documented> documented_codes() {
  std::ifstream file(CONFAB_PROTOCOL_DOC);
  std::map<std::string, Documented> codes;
  bool within = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) within = line == "## Error codes";
    static const std::regex kRow(R"(\| (`[^|]+`) \| ([0-9, ]+) \| (yes|no) \|.*)");
    std::smatch row;
    if (!within || !std::regex_match(line, row, kRow)) continue;
    static const std::regex kName("`([a-z_]+)`");
    const auto names = row[1].str();
    for (std::sregex_iterator at(names.begin(), names.end(), kName), end; at != end; ++at) {
      EXPECT_TRUE(codes.emplace((*at)[1], Documented{row[2], row[3]}).second)
          << (*at)[1] << " is there twice";
    }
  }
  return codes;
}

TEST(ProtocolDoc, ListsEachErrorCodeWithItsStatusAndWhetherToTryAgain) {
  auto documented = documented_codes();
  for (const auto code : all_error_codes()) {
    const auto traits = error_traits(code);
    const auto row = documented.find(std::string(traits.name));
    ASSERT_NE(row, documented.end()) << traits.name << " is not in docs/protocol.md";
    EXPECT_TRUE(row->second.statuses.starts_with(std::to_string(traits.http_status)))
        << traits.name;
    EXPECT_EQ(row->second.retry, traits.retryable ? "yes" : "no") << traits.name;
    documented.erase(row);
  }
  EXPECT_TRUE(documented.empty()) << documented.begin()->first << " is documented only";
}

TEST(ProtocolDoc, SaysThatEveryRateIsTriedAgain) {
  for (const auto code : all_error_codes()) {
    const auto traits = error_traits(code);
    EXPECT_EQ(traits.http_status == 429, traits.retryable && traits.limit) << traits.name;
  }
}

}  // namespace
}  // namespace confab::gateway::dialects
