#pragma once

#include <functional>

#include "auth/domain/password_hasher.hpp"
#include "common/base/random.hpp"

namespace confab::auth {

/// Argon2id with one lane, in PHC string format. Verifies Werkzeug's hashes as well, and asks for a
/// rehash of each. sodium_init() must have been called.
class Argon2Hasher final : public PasswordHasher {
 public:
  /// `took` is told the time of each hash, from the thread that made it. Makes one hash.
  Argon2Hasher(HashingCost cost, Random& random,
               std::function<void(std::chrono::duration<double>)> took);

  Result<std::string> hash(std::string_view password) override;
  Result<bool> verify(const std::string& hash, std::string_view password) override;
  [[nodiscard]] bool needs_rehash(const std::string& hash) const override;
  [[nodiscard]] bool can_verify(const std::string& hash) const override;
  [[nodiscard]] const std::string& decoy() const override { return decoy_; }

 private:
  HashingCost cost_;
  std::function<void(std::chrono::duration<double>)> took_;
  std::string decoy_;
};

}  // namespace confab::auth
