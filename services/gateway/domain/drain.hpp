#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "common/base/random.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// One moment in each of `count` equal parts of the window, at random within it; rising.
[[nodiscard]] std::vector<std::chrono::milliseconds> spread_evenly(std::size_t count,
                                                                   std::chrono::milliseconds window,
                                                                   Random& random);

/// Leads the sessions of an event loop that is about to end to other gateways, a few at a time, so
/// that those are not overrun. Event loop only.
class Drain {
 public:
  /// So close to each other sessions may leave, however few there are: 20 a second overrun nobody.
  static constexpr std::chrono::milliseconds kApart{50};
  /// Sessions told in one turn of the loop.
  static constexpr std::size_t kTold = 200;
  /// For the answers that are under way when the last session is to leave: longer than any command
  /// may take.
  static constexpr std::chrono::milliseconds kAnswers{6000};

  Drain(SessionBook& book, Loop& loop, Random& random)
      : book_(book), loop_(loop), random_(random) {}

  /// Tells all sessions there are now when each is to leave, within the window and in random order,
  /// and ends each when its time has come: how many were told. Returns when all sessions have left,
  /// those that came meanwhile included, or have had kAnswers for it.
  [[nodiscard]] Task<std::size_t> run(std::chrono::milliseconds window);

 private:
  struct Leaving {
    std::weak_ptr<Session> session;
    std::chrono::milliseconds after;
  };

  [[nodiscard]] std::vector<Leaving> plan(std::chrono::milliseconds window);
  [[nodiscard]] Task<> tell(const std::vector<Leaving>& leaving);
  [[nodiscard]] Task<> sleep_until(std::chrono::steady_clock::time_point time);
  [[nodiscard]] Task<> wait_until_gone();

  SessionBook& book_;
  Loop& loop_;
  Random& random_;
};

}  // namespace confab::gateway
