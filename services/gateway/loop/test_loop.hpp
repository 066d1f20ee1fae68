#pragma once

// Test support: the event loop with its time in the test's hands.

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "gateway/loop/asio_loop.hpp"

namespace confab::gateway::testing {

/// Runs only inside run() and pass(), on the test's thread, until nothing is left to do at the
/// present moment. What a task throws comes out there.
class TestLoop final : public gateway::Loop {
 public:
  [[nodiscard]] std::shared_ptr<Gate> make_gate() override { return loop_.make_gate(); }
  void spawn(std::function<Task<>()> task) override { loop_.spawn(std::move(task)); }
  void defer(std::function<void()> call) override { loop_.defer(std::move(call)); }
  [[nodiscard]] Task<> sleep(std::chrono::milliseconds time) override {
    const auto gate = make_gate();
    sleepers_.emplace(now_ + time, gate);
    co_await gate->passed();
  }

  [[nodiscard]] std::chrono::steady_clock::time_point now() const override {
    return std::chrono::steady_clock::time_point(now_);
  }

  boost::asio::io_context& io() { return io_; }

  void run() {
    io_.restart();
    io_.poll();
    if (!failure_.empty()) throw std::runtime_error(std::exchange(failure_, {}));
  }

  /// At most one step of what there is to do.
  bool run_one() {
    io_.restart();
    return io_.poll_one() > 0;
  }

  /// Lets the time go by; whoever sleeps wakes in order.
  void pass(std::chrono::milliseconds time) {
    const auto end = now_ + time;
    run();
    while (!sleepers_.empty() && sleepers_.begin()->first <= end) {
      now_ = sleepers_.begin()->first;
      const auto gate = sleepers_.begin()->second;
      sleepers_.erase(sleepers_.begin());
      gate->open();
      run();
    }
    now_ = end;
  }

  /// The task's result, once it has one.
  template <typename T>
  std::shared_ptr<std::optional<T>> start(Task<T> task) {
    auto result = std::make_shared<std::optional<T>>();
    auto kept = std::make_shared<Task<T>>(std::move(task));
    spawn([result, kept]() -> Task<> {
      auto value = co_await std::move(*kept);
      result->emplace(std::move(value));
    });
    return result;
  }

  /// Runs the task to its end.
  template <typename T>
  T finish(Task<T> task) {
    const auto result = start(std::move(task));
    run();
    if (!*result) throw std::runtime_error("the task waits for something");
    return std::move(**result);
  }

 private:
  boost::asio::io_context io_{1};
  AsioLoop loop_{io_, [this](std::string_view what) { failure_ = what; }};
  std::chrono::milliseconds now_{0};
  std::multimap<std::chrono::milliseconds, std::shared_ptr<Gate>> sleepers_;
  std::string failure_;
};

}  // namespace confab::gateway::testing
