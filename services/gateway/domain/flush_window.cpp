#include "gateway/domain/flush_window.hpp"

namespace confab::gateway {

std::chrono::milliseconds FlushWindow::wait(Time now) const {
  if (!busy_ || now - flushed_ >= kWindow) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(flushed_ + kWindow - now);
}

void FlushWindow::flushed(Time now, std::size_t events, std::size_t listeners) {
  flushed_ = now;
  events_ += events;
  const auto passed = now - since_;
  if (passed < kMeasured) return;
  const auto rate = static_cast<double>(events_) / std::chrono::duration<double>(passed).count();
  busy_ = rate >= kBusyEvents && rate * static_cast<double>(listeners) >= kBusyDeliveries;
  since_ = now;
  events_ = 0;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

using std::chrono_literals::operator""ms;

struct FlushWindowTest : ::testing::Test {
  FlushWindow window;
  FlushWindow::Time now = FlushWindow::Time(std::chrono::hours(1));

  /// One event at a time, each after `pause`.
  void talk(int events, std::chrono::milliseconds pause, std::size_t listeners) {
    for (int i = 0; i < events; ++i) {
      now += pause;
      window.flushed(now, 1, listeners);
    }
  }
};

TEST_F(FlushWindowTest, LetsEventsOfAQuietRoomLeaveAtOnce) {
  EXPECT_EQ(window.wait(now), 0ms);
  talk(500, 10ms, 1000);  // 100 a second, however many listen.
  EXPECT_EQ(window.wait(now), 0ms);
  talk(500, 2ms, 50);  // 500 a second for few.
  EXPECT_EQ(window.wait(now), 0ms);
}

TEST_F(FlushWindowTest, GathersInABusyRoomFromTheSecondEventOn) {
  talk(500, 2ms, 1000);
  EXPECT_EQ(window.wait(now), FlushWindow::kWindow);
  EXPECT_EQ(window.wait(now + 4ms), FlushWindow::kWindow - 4ms);
  EXPECT_EQ(window.wait(now + std::chrono::microseconds(3999)), 7ms);  // Never too early.
  EXPECT_EQ(window.wait(now + FlushWindow::kWindow), 0ms);
}

TEST_F(FlushWindowTest, StopsGatheringWhenTheRoomCalmsDown) {
  talk(500, 2ms, 1000);
  talk(10, 100ms, 1000);
  EXPECT_EQ(window.wait(now), 0ms);
}

}  // namespace
}  // namespace confab::gateway
#endif
