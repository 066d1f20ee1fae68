#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/runtime/health.hpp"

namespace confab::runtime {

/// What /version answers.
struct BuildInfo {
  std::string service;
  std::string version;
};

/// The operators' HTTP port, on a thread of its own so that it answers while the service is busy:
/// /livez, /readyz, /startupz, /metrics, /version. Never to be reached by clients.
class AdminServer {
 public:
  /// `metrics` returns the Prometheus text; it and `tick`, every Pulses::kTick, are called on the
  /// server's thread. Fails with unavailable when the port is taken, invalid_argument when
  /// `address` is not host:port.
  [[nodiscard]] static Result<std::unique_ptr<AdminServer>> start(
      const std::string& address, BuildInfo build, const Health& health,
      std::function<std::string()> metrics, std::function<void()> tick);
  ~AdminServer();

  [[nodiscard]] std::uint16_t port() const;

 private:
  struct Impl;
  explicit AdminServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace confab::runtime
