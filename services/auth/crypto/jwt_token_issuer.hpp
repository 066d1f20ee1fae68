#pragma once

#include "auth/domain/key_ring.hpp"
#include "auth/domain/token_issuer.hpp"
#include "common/jwt/jwt.hpp"

namespace confab::auth {

/// Access tokens as common/jwt defines them, SHA-256 digests of refresh tokens.
class JwtTokenIssuer final : public TokenIssuer {
 public:
  JwtTokenIssuer(const KeyRing& keys, jwt::Party party) : keys_(keys), party_(std::move(party)) {}

  [[nodiscard]] std::string access_token(const User& user, const std::string& session_id, Time now,
                                         Time expires_at) const override;
  [[nodiscard]] std::string digest(std::string_view secret) const override;
  [[nodiscard]] std::string key_set() const override;
  [[nodiscard]] std::vector<std::string> resume_keys() const override;

 private:
  const KeyRing& keys_;
  jwt::Party party_;
};

}  // namespace confab::auth
