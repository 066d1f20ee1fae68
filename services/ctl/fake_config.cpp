#include "ctl/fake_config.hpp"

#include <cstdio>
#include <optional>

namespace confab::ctl {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

/// Midnight of the day, in UTC.
std::optional<std::chrono::sys_seconds> parse_day(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int end = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u%n", &year, &month, &day, &end) != 3 ||
      static_cast<std::size_t>(end) != text.size()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || year < 1971) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::sys_days(date));
}

}  // namespace

FakeConfig::FakeConfig() {
  options.add("users", users, "how many people; required");
  options.add("messages", messages, "how many messages they say to each other; required");
  options.add_secret("password", password,
                     "password of all the accounts that are made, to log in with; required");
  options.add("seed", seed, "another number makes other people, rooms and messages");
  options.add("weeks", weeks, "over how many weeks the messages are spread");
  options.add("until", until,
              "the day before which the last message was said, YYYY-MM-DD; without it today, in "
              "UTC. The same day, seed and numbers make the same again");
  addresses.declare(options);
}

Result<FakePlan> FakeConfig::plan(std::chrono::system_clock::time_point now) const {
  FakePlan plan{users, messages, seed, weeks,
                std::chrono::sys_seconds(std::chrono::floor<std::chrono::days>(now))};
  if (const auto good = ctl::check(plan); !good) return good.error();
  if (messages == 0) return bad("--messages is missing: how many, e.g. --messages 5000");
  if (!is_good_password(password)) {
    return bad("--password must be given: 8 to 256 bytes, for logging in as any of them");
  }
  if (until.empty()) return plan;
  const auto day = parse_day(until);
  if (!day) return bad("--until must be a day, such as 2026-03-01");
  if (*day > now) return bad("--until is in the future");
  plan.until = *day;
  return plan;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

const std::chrono::sys_seconds kNow{std::chrono::seconds(1'700'000'000)};  // 2023-11-14 22:13:20

Result<FakePlan> plan(const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"--users=10", "--messages=50", "--password", "password1"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  FakeConfig config;
  const auto loaded = config.options.load({arguments, {}});
  if (!loaded) return loaded.error();
  return config.plan(kNow);
}

TEST(FakeConfig, EndsTodayOrOnTheDayThatIsSaid) {
  EXPECT_EQ(plan({})->until.time_since_epoch().count(), 1'699'920'000);
  EXPECT_EQ(plan({"--until=2023-11-01"})->until.time_since_epoch().count(), 1'698'796'800);
  EXPECT_EQ(plan({"--seed=7", "--weeks=2"})->seed, 7U);
}

TEST(FakeConfig, NamesTheOptionThatCannotWork) {
  for (const std::string option :
       {"--until=2023-11-15", "--until=yesterday", "--until=2023-02-30", "--until=2023-11-01x",
        "--users=0", "--messages=0", "--weeks=0", "--password=1234567"}) {
    const auto refused = plan({option});
    ASSERT_FALSE(refused) << option;
    EXPECT_NE(refused.error().message.find(option.substr(0, option.find('='))), std::string::npos)
        << refused.error().message;
  }
}

}  // namespace
}  // namespace confab::ctl
#endif
