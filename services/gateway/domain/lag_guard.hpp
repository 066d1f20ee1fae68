#pragma once

#include <chrono>

#include "gateway/domain/intake.hpp"

namespace confab::gateway {

/// What an event loop sheds that has more to do than it gets done: nobody new comes in while it is
/// late again and again. Once is not enough, because that is also a stop of the machine, or
/// somebody's large room. Event loop only.
class LagGuard {
 public:
  /// A turn that takes a second longer than it should: clients notice.
  static constexpr std::chrono::milliseconds kLate{1000};
  /// So many looks in a row find it late before clients are refused, and in time before they come
  /// again.
  static constexpr int kLooks = 3;

  explicit LagGuard(Intake& intake) : intake_(intake) {}

  /// `late`: how long after its time a timer of the loop was called. At least twice a second, or
  /// whenever the loop comes to it.
  void look(std::chrono::steady_clock::duration late) {
    const bool differs = (late >= kLate) != sheds_;
    in_a_row_ = differs ? in_a_row_ + 1 : 0;
    if (in_a_row_ < kLooks) return;
    in_a_row_ = 0;
    sheds_ = !sheds_;
    intake_.set_late(sheds_);
  }

 private:
  Intake& intake_;
  bool sheds_ = false;
  int in_a_row_ = 0;  ///< Looks that found it otherwise than `sheds_`.
};

}  // namespace confab::gateway
