#include "auth/maintenance.hpp"

#include <gtest/gtest.h>

#include <future>

namespace confab::auth {
namespace {

TEST(PeriodicTask, RunsAgainAndAgainUntilDestroyed) {
  std::promise<void> third;
  int runs = 0;
  {
    const PeriodicTask task(std::chrono::milliseconds(1), [&] {
      if (++runs == 3) third.set_value();
    });
    third.get_future().wait();
  }
  EXPECT_GE(runs, 3);
}

TEST(PeriodicTask, EndsWithoutWaitingForItsTime) {
  const PeriodicTask task(std::chrono::hours(1), [] { FAIL(); });
}

}  // namespace
}  // namespace confab::auth
