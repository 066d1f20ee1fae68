#include "ctl/domain/dump_time.hpp"

#include <chrono>
#include <cmath>
#include <cstdio>

namespace confab::ctl {

std::optional<std::int64_t> parse_date(std::string text) {
  if (text.ends_with('Z')) text.pop_back();
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  int end = 0;
  const auto read = std::sscanf(text.c_str(), "%4d-%2u-%2u%*1[T ]%2d:%2d:%lf%n", &year, &month,
                                &day, &hour, &minute, &second, &end);
  if (read < 6 || static_cast<std::size_t>(end) != text.size()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  const bool in_day = hour >= 0 && hour < 24 && minute >= 0 && minute < 60;
  if (!date.ok() || !in_day || !(second >= 0 && second < 61)) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::milliseconds(days).count() + (hour * 60 + minute) * 60'000LL +
         static_cast<std::int64_t>(std::llround(second * 1000));
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

TEST(DumpTime, ReadsDatesInUtc) {
  EXPECT_EQ(parse_date("2019-01-21T10:41:14Z"), 1548067274000);
  EXPECT_EQ(parse_date("2019-01-21 10:41:14.468027"), 1548067274468);
  EXPECT_EQ(parse_date("1970-01-01T00:00:00"), 0);
}

TEST(DumpTime, ReadsNothingElse) {
  for (const auto* text : {"", "soon", "2019-01-21", "2019-02-30T10:00:00Z", "2019-01-21T24:00:00Z",
                           "2019-01-21T10:60:00Z", "2019-01-21T10:00:nan", "2019-01-21T10:00:00+1",
                           "2019-01-21T10:00:00ZZ", "2019-01-21x10:00:00Z"}) {
    EXPECT_FALSE(parse_date(text)) << text;
  }
}

}  // namespace
}  // namespace confab::ctl
#endif
