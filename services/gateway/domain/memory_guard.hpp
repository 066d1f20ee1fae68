#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

#include "gateway/domain/intake.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// What an event loop sheds as the process runs short of memory, before the kernel ends all of it:
/// first nobody new comes in, then those leave for whom most is kept. Event loop only.
class MemoryGuard {
 public:
  // Parts of the limit.
  static constexpr double kRefuse = 0.80;
  static constexpr double kRefuseUntil = 0.75;
  static constexpr double kCut = 0.90;
  static constexpr double kCutTo = 0.85;
  /// So fast memory is taken to grow: about as one core can fill it.
  static constexpr std::size_t kMostBytesPerMs = 1 << 20;
  static constexpr std::chrono::milliseconds kOftenest{10};
  static constexpr std::chrono::milliseconds kSeldomest{250};
  /// Nobody is cut off for less.
  static constexpr std::size_t kLeastOutbox = 64 * 1024;

  struct Options {
    std::size_t limit = 0;  ///< Bytes for the process; 0: none, and look() does nothing.
    std::size_t loops = 1;  ///< That share the process; each frees its part.
    std::function<void()> cut_off = [] {};
  };

  MemoryGuard(SessionBook& book, Intake& intake, Options options);

  /// What the process uses.
  struct Use {
    std::size_t bytes = 0;   ///< Resident.
    bool is_trimmed = true;  ///< Nothing of it is free and only held in reserve.
  };
  /// To be called every next_look().
  void look(Use use);
  /// When look() is due again: the less memory is left, the sooner. A loop that is busy comes
  /// later.
  [[nodiscard]] std::chrono::milliseconds next_look() const { return next_look_; }

  [[nodiscard]] std::size_t limit() const { return options_.limit; }
  /// Whether nobody is let in for want of memory.
  [[nodiscard]] bool is_short() const { return short_; }
  /// Whether look() would cut somebody off.
  [[nodiscard]] bool must_cut(std::size_t resident) const;

 private:
  void cut_off(double bytes, bool count_ending);

  SessionBook& book_;
  Intake& intake_;
  const Options options_;
  bool short_ = false;
  std::chrono::milliseconds next_look_ = kSeldomest;
  std::size_t cut_at_ = 0;  ///< Resident when somebody was last to be cut off; 0 below kCut.
};

}  // namespace confab::gateway
