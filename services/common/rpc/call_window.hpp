#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>

#include "common/base/result.hpp"

namespace confab::rpc {

/// How many calls to one peer may be without an answer at once. One that has become slow is asked
/// that much at a time and no more, and what is beyond is refused at once: waiting for it would
/// cost memory here and the peer its time, for answers that come too late. Thread-safe.
class CallWindow {
 public:
  struct Events {
    std::function<void(int change)> under_way = [](int) {};
    std::function<void()> refused = [] {};
  };
  struct Leave {
    void operator()(CallWindow* window) const { window->leave(); }
  };
  /// Of a call, for as long as it is under way; null when there is none.
  using Place = std::unique_ptr<CallWindow, Leave>;

  explicit CallWindow(std::size_t most) : CallWindow(most, Events()) {}
  CallWindow(std::size_t most, Events events) : most_(most), events_(std::move(events)) {}
  CallWindow(const CallWindow&) = delete;
  CallWindow& operator=(const CallWindow&) = delete;

  /// Must not outlive this.
  [[nodiscard]] Place enter() {
    if (under_way_.fetch_add(1, std::memory_order_relaxed) < most_) {
      events_.under_way(1);
      return Place(this);
    }
    under_way_.fetch_sub(1, std::memory_order_relaxed);
    events_.refused();
    return nullptr;
  }

  /// What a caller is told that got no place: nothing was asked.
  [[nodiscard]] static Error full() {
    return {ErrorCode::overloaded, "too many calls to a service wait for its answer",
            std::chrono::milliseconds(500)};
  }

 private:
  void leave() {
    events_.under_way(-1);
    under_way_.fetch_sub(1, std::memory_order_relaxed);
  }

  const std::size_t most_;
  const Events events_;
  std::atomic<std::size_t> under_way_{0};
};

}  // namespace confab::rpc
