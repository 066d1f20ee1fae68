#pragma once

#include <cstdint>

namespace confab::load {

/// What one receiver saw of one room in one run. Sums, so that a million messages cost a few adds.
class SeenSeqs {
 public:
  void add(std::uint64_t seq) {
    if (count_ == 0) {
      low_ = high_ = seq;
    } else {
      if (seq != last_ + 1) ++disorders_;
      if (seq < low_) low_ = seq;
      if (seq > high_) high_ = seq;
    }
    last_ = seq;
    ++count_;
    sum_ += seq;
    squares_ += seq * seq;
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::uint64_t low() const { return low_; }
  [[nodiscard]] std::uint64_t high() const { return high_; }
  /// Steps that were not +1.
  [[nodiscard]] std::uint64_t disorders() const { return disorders_; }
  /// Whether each of first..last came exactly once, in whatever order.
  [[nodiscard]] bool complete(std::uint64_t first, std::uint64_t last) const;

 private:
  std::uint64_t low_ = 0;
  std::uint64_t high_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t disorders_ = 0;
  std::uint64_t sum_ = 0;      // Modulo 2^64, like the next.
  std::uint64_t squares_ = 0;  // One lost and another twice cannot keep both sums.
};

/// The verdict over all receivers of a run.
struct Verdict {
  std::uint64_t lost = 0;
  std::uint64_t repeated = 0;
  std::uint64_t reordered = 0;  ///< Receivers of complete logs that came out of order.

  /// Adds what a receiver saw of a room whose run went from `first` to `last`.
  void judge(const SeenSeqs& seen, std::uint64_t first, std::uint64_t last);
};

}  // namespace confab::load
