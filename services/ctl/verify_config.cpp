#include "ctl/verify_config.hpp"

namespace confab::ctl {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

}  // namespace

VerifyConfig::VerifyConfig() {
  options.add("gateway", plan.gateways,
              "URLs of the gateways as clients reach them, by comma; required. Each is used, so "
              "name them one by one where that is possible, and a load balancer beside them");
  options.add("for", plan.time, "for how long the users talk, 5s to 10m");
  options.add("users", plan.users, "throw-away users, half of them on each kind of connection");
  options.add("rooms", plan.rooms, "throw-away rooms, each with all users");
  options.add("rate", plan.rate, "messages a second, of all users together");
  options.add("json", report, "file to write the verdict to, as JSON");
  options.add("history", history,
              "file to write all that was sent and seen to, which --judge can read again");
  options.add("judge", judge, "judges the history in that file; no installation is asked");
}

Result<> VerifyConfig::check() const {
  if (!judge.empty()) return {};
  if (plan.gateways.empty())
    return bad("--gateway is missing, e.g. --gateway http://127.0.0.1:7300");
  if (plan.time < std::chrono::seconds(5) || plan.time > kLongest) {
    return bad("--for must be 5s to 10m");
  }
  if (plan.users < 2 || plan.users > 50) return bad("--users must be 2 to 50");
  if (plan.rooms < 1 || plan.rooms > 20) return bad("--rooms must be 1 to 20");
  if (plan.rate < 1 || plan.rate > 100) return bad("--rate must be 1 to 100");
  return {};
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

std::string problem(const std::vector<std::string>& arguments) {
  VerifyConfig config;
  const auto loaded = config.options.load({arguments, {}});
  if (!loaded) return loaded.error().message;
  const auto checked = config.check();
  return checked ? "" : checked.error().message;
}

TEST(VerifyConfig, NeedsAGatewayOrAHistory) {
  EXPECT_NE(problem({}).find("--gateway"), std::string::npos);
  EXPECT_EQ(problem({"--gateway", "http://a,http://b"}), "");
  EXPECT_EQ(problem({"--judge=history.json"}), "");
}

TEST(VerifyConfig, NamesTheOptionThatCannotWork) {
  for (const std::string option : {"--for=4s", "--for=11m", "--users=1", "--users=51", "--rooms=0",
                                   "--rate=0", "--rate=101", "--unknown=1"}) {
    const auto name = option.substr(0, option.find('='));
    EXPECT_NE(problem({"--gateway=http://a", option}).find(name), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace confab::ctl
#endif
