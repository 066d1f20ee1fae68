#pragma once

#include <mutex>

#include "auth/domain/signing_key_store.hpp"
#include "common/base/clock.hpp"
#include "common/base/random.hpp"

namespace confab::auth {

/// The signing keys in memory. A new key is published at once and signs kActivation later, when
/// every replica has reloaded and can vouch for it; a retired key stays published until the last
/// token it signed has expired.
///
/// Thread-safe. load() and rotate() block, the others do not.
class KeyRing {
 public:
  static constexpr std::chrono::seconds kReloadPeriod{30};
  static constexpr std::chrono::seconds kActivation{2 * kReloadPeriod};
  /// Clock difference between machines that is forgiven (jwt::Verifier::kLeeway).
  static constexpr std::chrono::seconds kLeeway{30};

  KeyRing(SigningKeyStore& store, Random& random, const Clock& clock,
          std::chrono::milliseconds access_token_life)
      : store_(store), random_(random), clock_(clock), access_token_life_(access_token_life) {}

  /// Reads the keys, and makes the first one when there is none.
  [[nodiscard]] Result<> load();

  /// Adds a new key that replaces the present one; returns its kid.
  [[nodiscard]] Result<std::string> rotate();

  /// The key to sign with now. load() must have succeeded once.
  [[nodiscard]] SigningKey signing_key() const;
  /// The keys whose tokens may still be valid or soon will be.
  [[nodiscard]] std::vector<SigningKey> published() const;
  /// The keys of resume tickets that may still be valid or soon will be; the first is in use.
  [[nodiscard]] std::vector<std::string> resume_keys() const;

 private:
  [[nodiscard]] SigningKey make_key() const;

  SigningKeyStore& store_;
  Random& random_;
  const Clock& clock_;
  std::chrono::milliseconds access_token_life_;
  mutable std::mutex mutex_;      // Guards keys_.
  std::vector<SigningKey> keys_;  // Oldest first.
};

}  // namespace confab::auth
