#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace confab::load {

/// Times in nanoseconds, in buckets at most 1/64 wide, so that a million of them cost nothing.
class Histogram {
 public:
  void add(std::int64_t nanoseconds);
  void clear() { *this = {}; }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The time, in milliseconds, that the share `quantile` of all does not exceed; 0 without any.
  [[nodiscard]] double milliseconds_at(double quantile) const;
  /// {"count":…,"p50":…,"p90":…,"p99":…,"p999":…,"max":…} in milliseconds.
  [[nodiscard]] std::string json() const;

 private:
  static constexpr std::size_t kSteps = 64;  // A power of two has so many buckets.
  static constexpr std::size_t kPowers = 40;

  std::array<std::uint32_t, kSteps * kPowers> buckets_{};
  std::uint64_t count_ = 0;
  std::int64_t largest_ = 0;
};

}  // namespace confab::load
