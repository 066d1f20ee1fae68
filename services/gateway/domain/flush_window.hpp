#pragma once

#include <chrono>
#include <cstddef>

namespace confab::gateway {

/// How long a room may gather events before they leave. Nearly always not at all: one send to one
/// socket costs the kernel 4 to 5 microseconds however many events it holds, so only in a room
/// whose sends would fill a good part of a core is it worth waiting, and then from the second event
/// on: the first after a pause leaves at once.
class FlushWindow {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Between two flushes of a busy room: what it adds to the delivery of an event at most.
  static constexpr std::chrono::milliseconds kWindow{10};
  /// A room is busy from this many events a second on, if as many deliveries as below come of them.
  static constexpr double kBusyEvents = 150;
  /// A quarter of a core, at 5 microseconds a delivery.
  static constexpr double kBusyDeliveries = 50'000;
  /// Over which the rate is measured.
  static constexpr std::chrono::milliseconds kMeasured{250};

  /// How long to gather from `now` on.
  [[nodiscard]] std::chrono::milliseconds wait(Time now) const;

  /// `events` have left for `listeners`.
  void flushed(Time now, std::size_t events, std::size_t listeners);

 private:
  Time flushed_{};
  Time since_{};
  std::size_t events_ = 0;
  bool busy_ = false;
};

}  // namespace confab::gateway
