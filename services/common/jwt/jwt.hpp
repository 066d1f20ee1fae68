#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

/// Access tokens: JWTs signed with Ed25519 (RFC 8037). The algorithm is bound to the key; what the
/// header says is compared with it, never followed.
namespace confab::jwt {

/// Who the bearer is. Claims "uid", "sub", "username", "name", "sid", "exp".
struct Identity {
  std::int64_t user_id = 0;
  std::string uuid;
  std::string username;
  std::string name;
  std::string session_id;
  std::chrono::system_clock::time_point expires_at;
};

/// What issuer and verifier agree on.
struct Party {
  std::string issuer = "confab";
  std::string audience = "confab";
};

/// An Ed25519 key. `kid` names it in headers and key sets.
struct PublicKey {
  std::string kid;
  std::string bytes;  ///< 32 bytes.
};
struct PrivateKey {
  std::string kid;
  std::string seed;  ///< 32 bytes, secret.
  [[nodiscard]] PublicKey public_key() const;
};

[[nodiscard]] std::string sign(const PrivateKey& key, const Party& party, const Identity& identity,
                               std::chrono::system_clock::time_point now);

/// RFC 7517 key set of public keys.
[[nodiscard]] std::string to_jwks(const std::vector<PublicKey>& keys);
[[nodiscard]] Result<std::vector<PublicKey>> from_jwks(std::string_view json);

/// Checks tokens against the keys given last. Thread-safe.
class Verifier {
 public:
  /// Clock difference between machines that is forgiven. As long after its token's expiry a
  /// connection is cut: with one let in later, by a longer leeway, it would be let in again and
  /// again.
  static constexpr std::chrono::seconds kLeeway{30};
  static constexpr std::size_t kMaxTokenBytes = 4096;

  explicit Verifier(Party party) : party_(std::move(party)) {}

  void set_keys(const std::vector<PublicKey>& keys);

  /// The bearer, or unauthenticated with the reason. A token signed by a key that is not known
  /// sets `*unknown_key`, so that the caller may fetch keys (rate limited) and try again.
  [[nodiscard]] Result<Identity> verify(std::string_view token,
                                        std::chrono::system_clock::time_point now,
                                        bool* unknown_key = nullptr) const;

 private:
  Party party_;
  mutable std::mutex mutex_;  // Guards keys_.
  std::map<std::string, std::string, std::less<>> keys_;
};

}  // namespace confab::jwt
