#pragma once

#include <string>

#include "auth/domain/login_throttle.hpp"
#include "auth/domain/password_hasher.hpp"
#include "auth/domain/session_service.hpp"
#include "common/base/result.hpp"
#include "common/config/options.hpp"
#include "common/postgres/pool.hpp"

namespace confab::auth {

/// What an operator may set. main() reads it once; everything below main() takes plain values.
struct AuthConfig {
  std::string listen = "127.0.0.1:7100";
  std::string database_url;
  std::size_t database_connections = 8;
  std::size_t request_queue = 1024;
  std::size_t hash_threads = 2;
  std::size_t hash_queue = 64;
  HashingCost hashing_cost = kLeastSafeCost;
  bool insecure_fast_hashing = false;
  TokenLives lives;
  bool provisioning = false;
  std::chrono::milliseconds provisioned_token_life{std::chrono::hours(24)};
  LoginLimit login_limit;

  config::Options options{"auth"};

  AuthConfig();
  AuthConfig(const AuthConfig&) = delete;  // The options point at the fields.
  AuthConfig& operator=(const AuthConfig&) = delete;

  /// invalid_argument naming the first option whose value cannot work.
  [[nodiscard]] Result<> check() const;

  /// The lives in force.
  [[nodiscard]] TokenLives effective_lives() const {
    auto effective = lives;
    if (provisioning) effective.provisioned = provisioned_token_life;
    return effective;
  }
  /// The cost in force.
  [[nodiscard]] HashingCost effective_hashing_cost() const {
    return insecure_fast_hashing ? kFastInsecureCost : hashing_cost;
  }
  [[nodiscard]] postgres::PoolOptions pool() const;

 private:
  [[nodiscard]] Result<> check_hashing() const;
  [[nodiscard]] Result<> check_lives() const;
};

}  // namespace confab::auth
