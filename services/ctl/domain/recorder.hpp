#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "ctl/domain/history.hpp"

namespace confab::ctl {

/// One list of events and one monotonic clock for all clients of a run.
class Recorder {
 public:
  /// ms since it was made.
  [[nodiscard]] double now() const {
    const std::chrono::duration<double, std::milli> passed =
        std::chrono::steady_clock::now() - start_;
    return passed.count();
  }
  void add(HistoryEvent event) {
    event.t = now();
    events_.push_back(std::move(event));
  }
  [[nodiscard]] const std::vector<HistoryEvent>& events() const { return events_; }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::vector<HistoryEvent> events_;
};

/// Fills in whose event it is, and records it.
using Tell = std::function<void(HistoryEvent)>;

/// Of a text, for comparing what was sent with what is seen within one run.
[[nodiscard]] inline std::string hash_of(std::string_view text) {
  return std::to_string(std::hash<std::string_view>{}(text));
}

}  // namespace confab::ctl
