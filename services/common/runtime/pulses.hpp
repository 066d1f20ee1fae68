#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <mutex>
#include <string>

namespace confab::runtime {

/// Whether what does the work of a process still turns, judged by a thread that does nothing else.
/// Who works beats at least once a second. Time is counted in ticks of the judge, not by a clock:
/// after a stop of the process or of the whole machine nobody has missed a beat. Thread-safe.
class Pulses {
 public:
  static constexpr std::chrono::milliseconds kTick{250};
  /// Without a beat for so long the process should be given no more work,
  static constexpr std::chrono::milliseconds kLate{3000};
  /// and for so long it is taken to turn no more.
  static constexpr std::chrono::milliseconds kStuck{10'000};

  /// What ends when a pulse stays away: readiness alone, or also life.
  enum class Vital { no, yes };

  struct Part {
    std::string name;     ///< Such as "loop-0".
    std::string trouble;  ///< Without beats, for people: "event loop 0 does not turn".
    Vital vital = Vital::yes;
    /// Told of each tick for how long there was no beat; 0 when there was one since the last.
    std::function<void(std::chrono::milliseconds)> silent_for = [](auto) {};
  };

  class Pulse {
   public:
    explicit Pulse(Part part) : part_(std::move(part)) {}
    /// Any thread; costs nothing.
    void beat() { beats_.fetch_add(1, std::memory_order_relaxed); }

   private:
    friend class Pulses;
    [[nodiscard]] std::string reason() const;

    const Part part_;
    std::atomic<unsigned> beats_{0};
    unsigned seen_ = 0;  // Of beats_, at the last tick.
    std::chrono::milliseconds silent_{0};
  };

  /// From its first beat on it is expected to beat. Lives as long as this.
  [[nodiscard]] Pulse& expect(Part part);

  /// To be called every kTick. `late` hears of those that have become late, or beat again.
  void tick(const std::function<void(const Part& part, bool is_late)>& late = [](auto&, bool) {});

  /// Why the process should be given no work, and why it should be ended; empty when all is well.
  [[nodiscard]] std::string why_not_ready() const;
  [[nodiscard]] std::string why_not_alive() const;

 private:
  mutable std::mutex mutex_;
  std::deque<Pulse> pulses_;  // Stay where they are.
};

}  // namespace confab::runtime
