#include "gateway/rpc/store_stubs.hpp"

namespace confab::gateway {

StoreHealth::StoreHealth(std::size_t stores, const Options& options) : now_(options.now) {
  for (std::size_t store = 0; store < stores; ++store) states_.emplace_back(options);
}

std::int64_t StoreHealth::now_ms() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now_().time_since_epoch()).count();
}

bool StoreHealth::answers(std::size_t store) const {
  return states_[store].failures.load(std::memory_order_relaxed) < kFailures;
}

std::size_t StoreHealth::silent() const {
  std::size_t count = 0;
  for (std::size_t store = 0; store < states_.size(); ++store) count += answers(store) ? 0 : 1;
  return count;
}

/// Whether this caller is the one of this second.
bool StoreHealth::may_try(State& state) const {
  const auto now = now_ms();
  auto next = state.next_try.load(std::memory_order_relaxed);
  return next <= now && state.next_try.compare_exchange_strong(next, now + kTryEvery.count());
}

std::optional<std::size_t> StoreHealth::choose(std::size_t preferred) {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto store = (preferred + i) % states_.size();
    if (answers(store) || may_try(states_[store])) return store;
  }
  return std::nullopt;
}

void StoreHealth::tell(std::size_t store, bool answered) {
  auto& state = states_[store];
  if (answered) return state.failures.store(0, std::memory_order_relaxed);
  if (state.failures.fetch_add(1, std::memory_order_relaxed) + 1 == kFailures) {
    state.next_try.store(now_ms() + kTryEvery.count(), std::memory_order_relaxed);
  }
}

void StoreHealth::earn_repeat() {
  if (saved_.load(std::memory_order_relaxed) < kRepeats * kCallsForRepeat) {
    saved_.fetch_add(1, std::memory_order_relaxed);
  }
}

bool StoreHealth::may_repeat() {
  if (saved_.fetch_sub(kCallsForRepeat, std::memory_order_relaxed) >= kCallsForRepeat) return true;
  saved_.fetch_add(kCallsForRepeat, std::memory_order_relaxed);
  return false;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

using namespace std::chrono_literals;

struct StoreHealthTest : ::testing::Test {
  StoreHealth::Time now{1h};
  StoreHealth health{2, options()};

  StoreHealth::Options options() {
    StoreHealth::Options made;
    made.max_calls = 2;
    made.now = [this] { return now; };
    return made;
  }

  void fail(std::size_t store, int times = StoreHealth::kFailures) {
    for (int i = 0; i < times; ++i) health.tell(store, false);
  }
};

TEST_F(StoreHealthTest, ThePreferredStoreIsAskedWhileItAnswers) {
  EXPECT_EQ(health.choose(1), 1U);
  fail(1, StoreHealth::kFailures - 1);
  EXPECT_EQ(health.choose(1), 1U);
  health.tell(1, true);
  fail(1, StoreHealth::kFailures - 1);
  EXPECT_EQ(health.choose(1), 1U);
}

TEST_F(StoreHealthTest, OneThatDoesNotAnswerIsPassedOverAndTriedOnceASecond) {
  fail(1);
  EXPECT_FALSE(health.answers(1));
  EXPECT_EQ(health.silent(), 1U);
  EXPECT_EQ(health.choose(1), 0U);
  now += StoreHealth::kTryEvery;
  EXPECT_EQ(health.choose(1), 1U);
  EXPECT_EQ(health.choose(1), 0U);
  health.tell(1, false);
  now += StoreHealth::kTryEvery;
  EXPECT_EQ(health.choose(1), 1U);
  health.tell(1, true);
  EXPECT_EQ(health.choose(1), 1U);
  EXPECT_EQ(health.choose(1), 1U);
}

TEST_F(StoreHealthTest, WhenNoneAnswersAllButTheTriesAreSpared) {
  fail(0);
  fail(1);
  EXPECT_FALSE(health.choose(0));
  now += StoreHealth::kTryEvery;
  EXPECT_EQ(health.choose(0), 0U);
  EXPECT_EQ(health.choose(0), 1U);
  EXPECT_FALSE(health.choose(0));
}

TEST_F(StoreHealthTest, OfManyCallsWithoutAnAnswerATenthMayBeRepeated) {
  for (int i = 0; i < StoreHealth::kRepeats; ++i) EXPECT_TRUE(health.may_repeat());
  EXPECT_FALSE(health.may_repeat());
  for (int i = 0; i < 1000; ++i) health.earn_repeat();
  for (int i = 0; i < StoreHealth::kRepeats; ++i) EXPECT_TRUE(health.may_repeat());
  EXPECT_FALSE(health.may_repeat());
  for (int i = 0; i < 5 * StoreHealth::kCallsForRepeat; ++i) health.earn_repeat();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(health.may_repeat());
  EXPECT_FALSE(health.may_repeat());
}

TEST_F(StoreHealthTest, EachStoreHasAWindowOfItsOwn) {
  auto first = health.calls(0).enter();
  const auto second = health.calls(0).enter();
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(health.calls(0).enter());
  EXPECT_TRUE(health.calls(1).enter());
  first.reset();
  EXPECT_TRUE(health.calls(0).enter());
}

}  // namespace
}  // namespace confab::gateway
#endif
