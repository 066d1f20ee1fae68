#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace confab::auth {

/// What one Argon2id hash costs; its lanes are always one.
struct HashingCost {
  std::size_t memory_kib = 19'456;
  unsigned iterations = 2;
};

/// The least that is fit for real passwords (OWASP, Password Storage, Argon2id).
inline constexpr HashingCost kLeastSafeCost{};
/// The least there is: for tests, where the time of hashing is in the way.
inline constexpr HashingCost kFastInsecureCost{8, 1};

/// Port: turns passwords into what may be stored. Argon2Hasher implements it; tests use FakeHasher.
/// Each call costs tens of milliseconds and many MiB on purpose, so the number of threads that may
/// call at once is what bounds the memory. Fails with overloaded when there is no memory.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  [[nodiscard]] virtual Result<std::string> hash(std::string_view password) = 0;
  [[nodiscard]] virtual Result<bool> verify(const std::string& hash, std::string_view password) = 0;

  /// Whether the hash was made at another cost than this hasher's.
  [[nodiscard]] virtual bool needs_rehash(const std::string& hash) const = 0;

  /// Whether it is a hash that verify() knows, be it of another system.
  [[nodiscard]] virtual bool can_verify(const std::string& hash) const = 0;

  /// A hash no password matches and that costs as much to verify as a real one.
  [[nodiscard]] virtual const std::string& decoy() const = 0;
};

}  // namespace confab::auth
