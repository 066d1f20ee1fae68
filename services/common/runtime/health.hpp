#pragma once

#include <atomic>
#include <string>

#include "common/runtime/pulses.hpp"

namespace confab::runtime {

/// What the probes of the admin port answer from. Thread-safe; owned by main, outlives the server.
/// Neither probe depends on another process being up: see docs/operations.md.
class Health {
 public:
  void set_started() { started_ = true; }
  void set_draining() { draining_ = true; }
  /// Why the process is not started yet: a name for the probe's answer, e.g. "postgres".
  void set_waiting_for(const char* what) { waiting_for_ = what; }

  [[nodiscard]] bool started() const { return started_; }
  /// Each is empty when all is well.
  [[nodiscard]] std::string why_not_started() const {
    return started_ ? "" : std::string("waiting for ") + waiting_for_.load();
  }
  [[nodiscard]] std::string why_not_ready() const {
    if (!started_) return why_not_started();
    return draining_ ? "draining" : pulses_.why_not_ready();
  }
  [[nodiscard]] std::string why_not_alive() const { return pulses_.why_not_alive(); }

  [[nodiscard]] Pulses& pulses() { return pulses_; }

 private:
  std::atomic<bool> started_{false};
  std::atomic<bool> draining_{false};
  std::atomic<const char*> waiting_for_{"start"};
  Pulses pulses_;
};

}  // namespace confab::runtime
