#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "common/rpc/call_window.hpp"

namespace confab::gateway {

/// Which of the message-stores answer: a breaker for each. After some calls in a row that it left
/// without an answer, a store is passed over, but for one call a second that tries it: so a store
/// that hangs costs few callers their time, and one that is back is found soon. Beside it what
/// keeps a store that is only slow from being asked to death: a window of calls for each, and a
/// budget of repetitions for all. Thread-safe: all clients of the stores, on all event loops, share
/// one.
class StoreHealth {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr int kFailures = 3;
  static constexpr std::chrono::milliseconds kTryEvery{1000};
  /// Of calls a tenth may be repeated for want of an answer in time, and so many more in a burst.
  static constexpr int kCallsForRepeat = 10;
  static constexpr int kRepeats = 100;

  struct Options {
    std::size_t max_calls = 4000;  ///< Without an answer, at each store.
    rpc::CallWindow::Events calls = {};
    std::function<Time()> now = &std::chrono::steady_clock::now;
  };

  explicit StoreHealth(std::size_t stores) : StoreHealth(stores, Options()) {}
  StoreHealth(std::size_t stores, const Options& options);

  /// Where to begin: the preferred store, or the next one that answers; nothing when none does and
  /// all have been tried a moment ago.
  [[nodiscard]] std::optional<std::size_t> choose(std::size_t preferred);
  /// Whether the store is not passed over.
  [[nodiscard]] bool answers(std::size_t store) const;
  /// How many are passed over.
  [[nodiscard]] std::size_t silent() const;
  /// What came of a call.
  void tell(std::size_t store, bool answered);
  /// The calls to the store.
  [[nodiscard]] rpc::CallWindow& calls(std::size_t store) { return states_[store].calls; }
  /// A call begins that may be repeated elsewhere.
  void earn_repeat();
  /// Whether one to which no answer came in time may be repeated elsewhere; counts it. Whoever did
  /// not answer may have too much to do, and when all have, repetitions would only add to it.
  [[nodiscard]] bool may_repeat();

  [[nodiscard]] std::size_t stores() const { return states_.size(); }

 private:
  struct State {
    explicit State(const Options& options) : calls(options.max_calls, options.calls) {}

    rpc::CallWindow calls;
    std::atomic<int> failures{0};
    std::atomic<std::int64_t> next_try{0};  ///< Milliseconds of the clock.
  };

  [[nodiscard]] std::int64_t now_ms() const;
  [[nodiscard]] bool may_try(State& state) const;

  const std::function<Time()> now_;
  std::deque<State> states_;                            // Stay where they are.
  std::atomic<int> saved_{kRepeats * kCallsForRepeat};  ///< Calls, kCallsForRepeat a repetition.
};

/// One service of the message-stores, in their order, and what is known of their health.
template <typename Stub>
class StoreStubs {
 public:
  using Stubs = std::vector<std::shared_ptr<Stub>>;

  // NOLINTNEXTLINE(google-explicit-constructor): whoever shares no health has its own.
  StoreStubs(Stubs stubs)
      : stubs_(std::move(stubs)), health_(std::make_shared<StoreHealth>(stubs_.size())) {}
  StoreStubs(Stubs stubs, std::shared_ptr<StoreHealth> health)
      : stubs_(std::move(stubs)), health_(std::move(health)) {}

  [[nodiscard]] std::size_t size() const { return stubs_.size(); }
  [[nodiscard]] Stub& operator[](std::size_t store) const { return *stubs_[store]; }
  [[nodiscard]] StoreHealth& health() const { return *health_; }

 private:
  Stubs stubs_;
  std::shared_ptr<StoreHealth> health_;
};

}  // namespace confab::gateway
