#pragma once

#include "common/config/options.hpp"
#include "gateway/domain/door_limits.hpp"

namespace confab::gateway {

/// How much of the gateway one client, user, room or address may use. Part of GatewayConfig.
struct LimitsConfig {
  CallRates calls;
  DoorRates doors;
  SessionLimits connection;
  std::size_t max_frame_bytes = 64 * 1024;
  std::size_t max_body_bytes = 64 * 1024;
  std::size_t max_socketio_bytes = 1'000'000;
  std::vector<std::string> trusted_proxies;
  bool limit_local_addresses = false;

  LimitsConfig();

  /// The options are bound to this object.
  void declare(config::Options& options);
  [[nodiscard]] Result<> check() const;

 private:
  void declare_rates(config::Options& options);
  void declare_doors(config::Options& options);
  void declare_sizes(config::Options& options);
};

}  // namespace confab::gateway
