#include "auth/crypto/jwt_token_issuer.hpp"

#include <sodium.h>

namespace confab::auth {

static_assert(KeyRing::kLeeway == jwt::Verifier::kLeeway);

std::string JwtTokenIssuer::access_token(const User& user, const std::string& session_id, Time now,
                                         Time expires_at) const {
  const auto key = keys_.signing_key();
  return jwt::sign({key.kid, key.seed}, party_,
                   {user.id, user.uuid, user.username, user.name, session_id, expires_at}, now);
}

std::string JwtTokenIssuer::digest(std::string_view secret) const {
  std::string out(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(out.data()),
                     reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
  return out;
}

std::string JwtTokenIssuer::key_set() const {
  std::vector<jwt::PublicKey> keys;
  for (const auto& key : keys_.published()) {
    keys.push_back(jwt::PrivateKey{key.kid, key.seed}.public_key());
  }
  return jwt::to_jwks(keys);
}

std::vector<std::string> JwtTokenIssuer::resume_keys() const { return keys_.resume_keys(); }

}  // namespace confab::auth
