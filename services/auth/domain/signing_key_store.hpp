#pragma once

#include <optional>
#include <vector>

#include "auth/domain/account.hpp"
#include "common/base/result.hpp"

namespace confab::auth {

/// An Ed25519 key that signs access tokens.
struct SigningKey {
  std::string kid;         ///< Its name in tokens and key sets.
  std::string seed;        ///< 32 bytes, secret.
  std::string resume_key;  ///< 32 bytes, secret: what gateways sign resume tickets with.
  Time created_at;
  std::optional<Time> retired_at;  ///< From when on another key signs.
};

/// Port: the keys all replicas share. PgSigningKeyStore implements it; tests use
/// FakeSigningKeyStore; signing_key_store_test.cpp holds what both promise. Blocks; thread-safe.
class SigningKeyStore {
 public:
  virtual ~SigningKeyStore() = default;

  /// Every key, oldest first.
  [[nodiscard]] virtual Result<std::vector<SigningKey>> load() = 0;

  /// Adds `key` if there is none yet, so that replicas that start at once agree on one.
  [[nodiscard]] virtual Result<> add_first(const SigningKey& key) = 0;

  /// Adds `key` and retires those that are not yet retired at `retire_at`.
  [[nodiscard]] virtual Result<> rotate(const SigningKey& key, Time retire_at) = 0;
};

}  // namespace confab::auth
