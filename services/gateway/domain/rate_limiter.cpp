#include "gateway/domain/rate_limiter.hpp"

namespace confab::gateway {
namespace {

using std::chrono::milliseconds;

/// A full table is looked through at most that often.
constexpr std::chrono::seconds kSweepPause{1};

}  // namespace

TokenBucket* RateLimiter::bucket_of(Shard& shard, const LimitKey& key, Time now) const {
  if (const auto found = shard.buckets.find(key); found != shard.buckets.end()) {
    return &found->second;
  }
  if (shard.buckets.size() >= most_in_shard_) {
    if (now < shard.next_sweep) return nullptr;
    shard.next_sweep = now + kSweepPause;
    std::erase_if(shard.buckets, [&](const auto& entry) { return entry.second.is_full(now); });
    if (shard.buckets.size() >= most_in_shard_) return nullptr;
  }
  return &shard.buckets[key];
}

milliseconds RateLimiter::take(const LimitKey& key, Time now) {
  if (!rate_.limited()) return milliseconds(0);
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  auto* bucket = bucket_of(shard, key, now);
  return bucket == nullptr ? milliseconds(0) : bucket->take(rate_, now);
}

milliseconds RateLimiter::wait(const LimitKey& key, Time now) {
  if (!rate_.limited()) return milliseconds(0);
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.buckets.find(key);
  if (found == shard.buckets.end()) return milliseconds(0);
  auto copy = found->second;
  return copy.take(rate_, now);
}

void RateLimiter::give_back(const LimitKey& key) {
  if (!rate_.limited()) return;
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.buckets.find(key);
  if (found != shard.buckets.end()) found->second.give_back(rate_);
}

std::size_t RateLimiter::keys() const {
  std::size_t keys = 0;
  for (const auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    keys += shard.buckets.size();
  }
  return keys;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

using std::chrono::seconds;

struct RateLimiterTest : ::testing::Test {
  RateLimiter::Time now{seconds(1000)};
  RateLimiter limiter{{30, seconds(3)}};

  int taken(const LimitKey& key, int tries) {
    int taken = 0;
    while (tries-- > 0) taken += limiter.take(key, now).count() == 0 ? 1 : 0;
    return taken;
  }
};

TEST_F(RateLimiterTest, GivesTheCountAtOnceAndThenTellsHowLongToWait) {
  EXPECT_EQ(taken({1, 1}, 100), 30);
  EXPECT_EQ(limiter.take({1, 1}, now), milliseconds(100));
  now += milliseconds(99);
  EXPECT_EQ(limiter.take({1, 1}, now), milliseconds(1));
  now += milliseconds(1);
  EXPECT_EQ(taken({1, 1}, 5), 1);
}

TEST_F(RateLimiterTest, GivesTheRateInTheLongRun) {
  int all = taken({1, 1}, 100);
  for (int i = 0; i < 1000; ++i) {
    now += milliseconds(50);
    all += taken({1, 1}, 3);
  }
  EXPECT_EQ(all, 30 + 500);
}

TEST_F(RateLimiterTest, SavesNoMoreThanTheCount) {
  EXPECT_EQ(taken({1, 1}, 1), 1);
  now += std::chrono::hours(24);
  EXPECT_EQ(taken({1, 1}, 100), 30);
}

TEST_F(RateLimiterTest, CountsEachKeyForItself) {
  EXPECT_EQ(taken({1, 1}, 100), 30);
  EXPECT_EQ(taken({1, 2}, 100), 30);
  EXPECT_EQ(taken({2, 1}, 100), 30);
  EXPECT_EQ(taken({1, 1}, 100), 0);
}

TEST_F(RateLimiterTest, TakesNothingWhenAskedOrRefused) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(limiter.wait({1, 1}, now), milliseconds(0));
  EXPECT_EQ(taken({1, 1}, 1000), 30);
  EXPECT_EQ(limiter.wait({1, 1}, now), milliseconds(100));
  limiter.give_back({1, 1});
  EXPECT_EQ(limiter.wait({1, 1}, now), milliseconds(0));
  EXPECT_EQ(taken({1, 1}, 5), 1);
}

TEST_F(RateLimiterTest, LimitsNothingWithoutARate) {
  RateLimiter off{Rate{}};
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(off.take({1, 1}, now), milliseconds(0));
  EXPECT_EQ(off.keys(), 0U);
}

TEST_F(RateLimiterTest, ForgetsWhoIsQuietWhenItIsFullAndLetsOthersThroughUntilThen) {
  RateLimiter small{{1, seconds(10)}, 64};
  for (std::uint64_t key = 0; key < 10'000; ++key) (void)small.take({key, 0}, now);
  EXPECT_LE(small.keys(), 64U);
  EXPECT_EQ(small.take({99'999, 0}, now), milliseconds(0));
  now += seconds(10);
  EXPECT_EQ(small.take({99'999, 0}, now), milliseconds(0));
  EXPECT_EQ(small.take({99'999, 0}, now), seconds(10));
}

}  // namespace
}  // namespace confab::gateway
#endif
