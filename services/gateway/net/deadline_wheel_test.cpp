#include "gateway/net/deadline_wheel.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <vector>

namespace confab::gateway {
namespace {

using std::chrono::milliseconds;
using TimePoint = DeadlineWheel::TimePoint;

TimePoint manual_time{};

/// A wheel whose time the test moves.
class DeadlineWheelTest : public ::testing::Test {
 protected:
  struct Entry final : DeadlineEntry {
    std::function<void()> call = [] {};
    void on_deadline() override { call(); }
  };

  void SetUp() override { manual_time = TimePoint(std::chrono::hours(5)); }

  void move(std::chrono::nanoseconds by) {
    manual_time += std::chrono::duration_cast<DeadlineWheel::Clock::duration>(by);
    wheel().fire_due(manual_time);
  }

  DeadlineWheel& wheel() {
    if (!wheel_) wheel_ = std::make_unique<DeadlineWheel>(io, [] { return manual_time; });
    return *wheel_;
  }

  boost::asio::io_context io;
  std::unique_ptr<DeadlineWheel> wheel_;
};

TEST_F(DeadlineWheelTest, FiresOnceNeverEarlyAndByATickLate) {
  int fired = 0;
  Entry entry;
  entry.call = [&fired] { ++fired; };
  wheel().set_after(entry, milliseconds(25));
  EXPECT_TRUE(entry.scheduled());
  move(milliseconds(25) - std::chrono::nanoseconds(1));
  EXPECT_EQ(fired, 0);
  move(milliseconds(10));
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(entry.scheduled());
  move(std::chrono::hours(1));
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(wheel().empty());
}

TEST_F(DeadlineWheelTest, TellsWhetherADeadlineHasPassedBeforeAndAfterItFires) {
  Entry entry;
  wheel().set_after(entry, milliseconds(20));
  EXPECT_FALSE(wheel().has_passed(entry));
  manual_time += milliseconds(20);
  EXPECT_TRUE(wheel().has_passed(entry));
  move(milliseconds(0));
  EXPECT_FALSE(entry.scheduled());
  EXPECT_TRUE(wheel().has_passed(entry));
  wheel().set_after(entry, milliseconds(20));
  EXPECT_FALSE(wheel().has_passed(entry));
}

TEST_F(DeadlineWheelTest, FiresSoonWhatHasPassedButNotFromInside) {
  bool fired = false;
  Entry entry;
  entry.call = [&fired] { fired = true; };
  move(milliseconds(777));
  wheel().set(entry, manual_time - milliseconds(500));
  EXPECT_FALSE(fired);
  move(milliseconds(10));
  EXPECT_TRUE(fired);
}

TEST_F(DeadlineWheelTest, ForgetsWhatIsCancelledOrDestroyed) {
  Entry cancelled;
  cancelled.call = [] { ADD_FAILURE(); };
  auto destroyed = std::make_unique<Entry>();
  destroyed->call = cancelled.call;
  wheel().set_after(cancelled, milliseconds(50));
  wheel().set_after(*destroyed, milliseconds(50));
  wheel().cancel(cancelled);
  wheel().cancel(cancelled);
  destroyed.reset();
  EXPECT_TRUE(wheel().empty());
  move(std::chrono::hours(1));
}

TEST_F(DeadlineWheelTest, MovesDeadlinesBackAndForth) {
  std::vector<int> fired;
  Entry later;
  Entry sooner;
  later.call = [&fired] { fired.push_back(1); };
  sooner.call = [&fired] { fired.push_back(2); };
  wheel().set_after(later, milliseconds(100));
  wheel().set_after(sooner, std::chrono::minutes(30));
  wheel().set_after(later, milliseconds(5000));
  wheel().set_after(sooner, milliseconds(200));
  move(milliseconds(210));
  EXPECT_EQ(fired, (std::vector{2}));
  move(milliseconds(4750));
  EXPECT_EQ(fired, (std::vector{2}));
  move(milliseconds(130));
  EXPECT_EQ(fired, (std::vector{2, 1}));
}

TEST_F(DeadlineWheelTest, LetsACallSetCancelAndDestroyOthers) {
  int repeats = 0;
  Entry repeating;
  repeating.call = [&] {
    if (++repeats < 5) wheel().set_after(repeating, milliseconds(0));
  };
  // Whichever of the two is first ends the other; both are due in the same slot.
  auto one = std::make_unique<Entry>();
  auto two = std::make_unique<Entry>();
  int ends = 0;
  one->call = [&] { ++ends, two.reset(); };
  two->call = [&] { ++ends, one.reset(); };
  for (auto* entry : {&repeating, one.get(), two.get()}) {
    wheel().set_after(*entry, milliseconds(20));
  }
  move(milliseconds(20));
  EXPECT_EQ(ends, 1);
  EXPECT_EQ(repeats, 1);
  for (int i = 0; i < 10; ++i) move(milliseconds(10));
  EXPECT_EQ(repeats, 5);
}

TEST_F(DeadlineWheelTest, KeepsDeadlinesOfAllDistancesWhateverTheSteps) {
  std::mt19937 random(7);
  struct Timed {
    Entry entry;
    TimePoint deadline;
    TimePoint fired{};
    milliseconds wait{};
  };
  std::vector<std::unique_ptr<Timed>> all;
  for (int i = 0; i < 2000; ++i) {
    auto& timed = *all.emplace_back(std::make_unique<Timed>());
    const int scale = 1 << (random() % 22);
    timed.wait = milliseconds(random() % scale);
    timed.deadline = manual_time + timed.wait;
    timed.entry.call = [&timed] { timed.fired = manual_time; };
    wheel().set(timed.entry, timed.deadline);
    if (i % 20 == 0) move(milliseconds(random() % 5));
  }
  while (!wheel().empty()) move(milliseconds(5));
  for (const auto& timed : all) {
    EXPECT_GE(timed->fired, timed->deadline);
    const auto late = std::max(milliseconds(20), timed->wait / 50 + milliseconds(15));
    EXPECT_LE(timed->fired - timed->deadline, late) << timed->wait.count();
  }
}

TEST_F(DeadlineWheelTest, StaysExactAfterLongIdleTimes) {
  TimePoint fired{};
  Entry entry;
  entry.call = [&fired] { fired = manual_time; };
  for (const auto pause :
       {milliseconds(1), milliseconds(2559), milliseconds(655'361), milliseconds(90'000'017)}) {
    manual_time += pause;  // Nobody looks at the wheel while it is empty.
    const auto deadline = manual_time + milliseconds(300);
    wheel().set(entry, deadline);
    while (!wheel().empty()) move(milliseconds(1));
    EXPECT_GE(fired, deadline);
    EXPECT_LE(fired - deadline, milliseconds(11));
  }
}

TEST_F(DeadlineWheelTest, TakesDeadlinesBeyondAllTime) {
  Entry entry;
  entry.call = [] { ADD_FAILURE(); };
  wheel().set(entry, TimePoint::max());
  for (int i = 0; i < 100; ++i) move(std::chrono::hours(24));
  EXPECT_TRUE(entry.scheduled());
}

TEST_F(DeadlineWheelTest, LetsGoOfEntriesThatOutliveIt) {
  Entry entry;
  wheel().set_after(entry, milliseconds(10));
  wheel_.reset();
  EXPECT_FALSE(entry.scheduled());
}

class Owner {
 public:
  explicit Owner(DeadlineWheel& wheel) { wheel.set_after(end_, milliseconds(1)); }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void end() { ended_ = true; }

  bool ended_ = false;
  Deadline<&Owner::end> end_{*this};
};

TEST(DeadlineTimer, RunsOnlyWhileThereAreDeadlines) {
  boost::asio::io_context io;
  DeadlineWheel wheel(io);
  Owner owner(wheel);
  io.run();  // Ends by itself, since no timer is left.
  EXPECT_TRUE(owner.ended());
  io.restart();
  { const Owner gone(wheel); }
  EXPECT_EQ(io.run(), 1U);  // The timer that was cancelled.
}

}  // namespace
}  // namespace confab::gateway
