#pragma once

#include <atomic>
#include <string>

namespace confab::runtime {

/// What the probes of the admin port answer from. Thread-safe; owned by main, outlives the server.
/// Readiness never depends on another process being up: see docs/operations.md.
class Health {
 public:
  void set_started() { started_ = true; }
  void set_ready(bool ready) { ready_ = ready; }
  /// Why the process is not started yet: a name for the probe's answer, e.g. "postgres".
  void set_waiting_for(const char* what) { waiting_for_ = what; }

  [[nodiscard]] bool started() const { return started_; }
  [[nodiscard]] bool ready() const { return started_ && ready_; }
  [[nodiscard]] std::string waiting_for() const { return waiting_for_.load(); }

 private:
  std::atomic<bool> started_{false};
  std::atomic<bool> ready_{true};
  std::atomic<const char*> waiting_for_{"start"};
};

}  // namespace confab::runtime
