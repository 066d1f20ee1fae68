#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "auth/domain/account.hpp"

namespace confab::auth {

/// Port: the cryptography of tokens. JwtTokenIssuer implements it; tests use FakeTokenIssuer.
/// Thread-safe and never blocks.
class TokenIssuer {
 public:
  virtual ~TokenIssuer() = default;

  /// A signed access token. The key ring must have been loaded.
  [[nodiscard]] virtual std::string access_token(const User& user, const std::string& session_id,
                                                 Time now, Time expires_at) const = 0;

  /// What is stored of a random secret: 32 bytes that do not lead back to it.
  [[nodiscard]] virtual std::string digest(std::string_view secret) const = 0;

  /// RFC 7517 key set: the public keys of every access token that may still be valid.
  [[nodiscard]] virtual std::string key_set() const = 0;

  /// The keys of the gateways' resume tickets, secret; the first is in use, the others still count.
  [[nodiscard]] virtual std::vector<std::string> resume_keys() const = 0;
};

}  // namespace confab::auth
