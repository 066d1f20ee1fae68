#include "client/histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace confab::load {
namespace {

constexpr int kStepBits = 6;
constexpr double kNsPerMs = 1e6;

std::size_t bucket_of(std::uint64_t value, std::size_t buckets) {
  if (value < 1U << kStepBits) return value;
  const int power = 63 - std::countl_zero(value);
  const int shift = power - kStepBits;
  const auto step = (value >> shift) & ((1U << kStepBits) - 1);
  const auto bucket = static_cast<std::size_t>(shift + 1) * (1U << kStepBits) + step;
  return std::min(bucket, buckets - 1);
}

/// The upper end of a bucket.
std::uint64_t top_of(std::size_t bucket) {
  const auto shift = bucket >> kStepBits;
  const auto step = bucket & ((1U << kStepBits) - 1);
  if (shift == 0) return step;
  return ((step + (1U << kStepBits) + 1) << (shift - 1)) - 1;
}

}  // namespace

void Histogram::add(std::int64_t nanoseconds) {
  const auto value = std::max<std::int64_t>(nanoseconds, 0);
  ++buckets_[bucket_of(static_cast<std::uint64_t>(value), buckets_.size())];
  ++count_;
  largest_ = std::max(largest_, value);
}

double Histogram::milliseconds_at(double quantile) const {
  const auto wanted =
      static_cast<std::uint64_t>(std::llround(quantile * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (buckets_[i] > 0 && seen >= wanted) {
      return static_cast<double>(std::min<std::uint64_t>(top_of(i), largest_)) / kNsPerMs;
    }
  }
  return 0;
}

std::string Histogram::json() const {
  return fmt::format(
      R"({{"count":{},"p50":{:.4f},"p90":{:.4f},"p99":{:.4f},"p999":{:.4f},"max":{:.4f}}})", count_,
      milliseconds_at(0.5), milliseconds_at(0.9), milliseconds_at(0.99), milliseconds_at(0.999),
      static_cast<double>(largest_) / kNsPerMs);
}

}  // namespace confab::load

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::load {
namespace {

TEST(Histogram, TellsQuantilesWithinTwoPercent) {
  Histogram times;
  for (int i = 1; i <= 1000; ++i) times.add(i * 100'000);  // 0.1 ms to 100 ms
  EXPECT_NEAR(times.milliseconds_at(0.5), 50, 1);
  EXPECT_NEAR(times.milliseconds_at(0.99), 99, 2);
  EXPECT_DOUBLE_EQ(times.milliseconds_at(1), 100);
}

TEST(Histogram, HoldsAnyTime) {
  Histogram times;
  times.add(-5);
  times.add(0);
  times.add(std::int64_t{1} << 62);
  EXPECT_EQ(times.count(), 3U);
  EXPECT_EQ(times.milliseconds_at(0.3), 0);
}

TEST(Histogram, IsZeroWhileItIsEmpty) { EXPECT_EQ(Histogram().milliseconds_at(0.99), 0); }

}  // namespace
}  // namespace confab::load
#endif
