#include "gateway/net/deadline_wheel.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace confab::gateway {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::centi>;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNearTicks = 256;
/// Deadlines of long waits share ticks, so that many of them are one wake-up.
constexpr std::int64_t kGrainDivisor = 64;
constexpr std::int64_t kMaxGrain = 8;
/// Later deadlines are taken for this one.
constexpr std::chrono::hours kFarthest{24 * 365 * 10};

constexpr std::size_t slot_of(std::int64_t index) { return static_cast<std::size_t>(index) % 256; }

}  // namespace

DeadlineEntry::~DeadlineEntry() {
  if (wheel_ != nullptr) wheel_->cancel(*this);
}

DeadlineWheel::DeadlineWheel(boost::asio::io_context& io, TimePoint (*now)())
    : now_(now), start_(now()), timer_(io), armed_(kNever) {}

DeadlineWheel::~DeadlineWheel() {
  for (auto* ring : {&near_, &far_}) {
    for (auto* head : ring->slots) {
      for (auto* entry = head; entry != nullptr; entry = entry->next_) entry->wheel_ = nullptr;
    }
  }
}

void DeadlineWheel::set(DeadlineEntry& entry, TimePoint deadline) {
  const auto now = tick_of(now_());
  // Nothing stands between, so what is linked now may go where the clock is.
  if (!firing_ && armed_ > now) current_ = std::max(current_, now);
  entry.due_ = due_tick(deadline, now);
  if (entry.wheel_ != nullptr) {
    if (entry.due_ >= entry.visit_) return;  // Its slot is looked at in time.
    unlink(entry);
  }
  link(entry);
  arm();
}

void DeadlineWheel::cancel(DeadlineEntry& entry) {
  if (entry.wheel_ == nullptr) return;
  unlink(entry);
  if (count_ > 0) return;
  near_.used = {};
  far_.used = {};
  arm();
}

void DeadlineWheel::fire_due(TimePoint now) {
  const auto target = tick_of(now);
  firing_ = true;
  for (auto next = next_visit(); next <= target; next = next_visit()) {
    current_ = next;
    if (next % kNearTicks == 0) visit(far_, next / kNearTicks);
    visit(near_, next);
  }
  current_ = std::max(current_, target);
  firing_ = false;
  arm();
}

std::int64_t DeadlineWheel::tick_of(TimePoint time) const {
  return std::chrono::floor<Ticks>(time - start_).count();
}

/// Rounded up twice, to a tick and to the grain of the wait: never early.
std::int64_t DeadlineWheel::due_tick(TimePoint deadline, std::int64_t now) const {
  const auto after = std::min<Clock::duration>(deadline - start_, kFarthest);
  const auto due = std::max(std::chrono::ceil<Ticks>(after).count(), now);
  const auto grain = std::bit_floor(static_cast<std::uint64_t>(
      std::clamp<std::int64_t>((due - now) / kGrainDivisor, 1, kMaxGrain)));
  const auto step = static_cast<std::int64_t>(grain);
  return (due + step - 1) / step * step;
}

/// The tick of the next slot that may hold something; kNever if there is none.
std::int64_t DeadlineWheel::next_visit() const {
  if (count_ == 0) return kNever;
  const auto near_steps = near_.steps_to_next(current_ + 1);
  const auto far_steps = far_.steps_to_next(current_ / kNearTicks + 1);
  const auto near_tick = near_steps < 0 ? kNever : current_ + 1 + near_steps;
  const auto far_tick =
      far_steps < 0 ? kNever : (current_ / kNearTicks + 1 + far_steps) * kNearTicks;
  return std::min(near_tick, far_tick);
}

void DeadlineWheel::link(DeadlineEntry& entry) {
  const auto tick = std::max(entry.due_, current_ + 1);
  auto index = tick;
  entry.visit_ = tick;
  auto* ring = &near_;
  if (tick - current_ >= kNearTicks) {
    // What is farther than the ring reaches is looked at and linked again at its end.
    index = std::min(tick / kNearTicks, current_ / kNearTicks + kNearTicks - 1);
    entry.visit_ = index * kNearTicks;
    ring = &far_;
  }
  const auto slot = slot_of(index);
  auto*& head = ring->slots[slot];
  entry.next_ = head;
  if (head != nullptr) head->link_ = &entry.next_;
  entry.link_ = &head;
  head = &entry;
  ring->used[slot / 64] |= std::uint64_t{1} << (slot % 64);
  entry.wheel_ = this;
  ++count_;
}

void DeadlineWheel::unlink(DeadlineEntry& entry) {
  *entry.link_ = entry.next_;
  if (entry.next_ != nullptr) entry.next_->link_ = entry.link_;
  entry.next_ = nullptr;
  entry.wheel_ = nullptr;
  --count_;
}

/// Fires what is due in a slot, and links again what was pushed back or belongs to a finer slot.
void DeadlineWheel::visit(Ring& ring, std::int64_t index) {
  const auto slot = slot_of(index);
  ring.used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  // Each entry leaves the list before it is called, which may take others off it.
  DeadlineEntry* list = std::exchange(ring.slots[slot], nullptr);
  if (list != nullptr) list->link_ = &list;
  while (list != nullptr) {
    auto& entry = *list;
    unlink(entry);
    if (entry.due_ > current_) {
      link(entry);
    } else {
      entry.on_deadline();
    }
  }
}

void DeadlineWheel::arm() {
  if (firing_) return;
  const auto next = next_visit();
  if (next == armed_) return;
  armed_ = next;
  if (next == kNever) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(start_ + Ticks(next));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = kNever;
    fire_due(now_());
  });
}

/// How many slots after the one of `from` the next used one is; -1 if none is.
std::int64_t DeadlineWheel::Ring::steps_to_next(std::int64_t from) const {
  const auto first = slot_of(from);
  for (std::size_t i = 0; i <= used.size(); ++i) {
    const auto word = (first / 64 + i) % used.size();
    auto bits = used[word];
    if (i == 0) bits &= ~std::uint64_t{0} << (first % 64);
    if (bits == 0) continue;
    const auto slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    return static_cast<std::int64_t>((slot + kSlots - first) % kSlots);
  }
  return -1;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
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
#endif
