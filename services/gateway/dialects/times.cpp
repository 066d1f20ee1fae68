#include "gateway/dialects/times.hpp"

#include <chrono>
#include <cstdio>

namespace confab::gateway::dialects {

std::string date_text(std::int64_t ms) {
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(ms)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", int(date.year()),
                unsigned(date.month()), unsigned(date.day()), int(clock.hours().count()),
                int(clock.minutes().count()), int(clock.seconds().count()),
                int(clock.subseconds().count()));
  return text;
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

TEST(DateText, IsIsoInUtcWithMilliseconds) {
  EXPECT_EQ(date_text(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(date_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(date_text(1'709'251'199'999), "2024-02-29T23:59:59.999Z");
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
