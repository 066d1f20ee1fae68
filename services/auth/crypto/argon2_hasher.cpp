#include "auth/crypto/argon2_hasher.hpp"

#include <sodium.h>

#include <array>
#include <cerrno>

#include "auth/crypto/werkzeug_hash.hpp"

namespace confab::auth {
namespace {

/// Tells `took` how long it lived.
class Timer {
 public:
  explicit Timer(const std::function<void(std::chrono::duration<double>)>& took) : took_(took) {}
  ~Timer() {
    if (took_) took_(std::chrono::steady_clock::now() - start_);
  }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  const std::function<void(std::chrono::duration<double>)>& took_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Error out_of_memory() {
  return {ErrorCode::overloaded, "no memory to hash the password", std::chrono::seconds(1)};
}

std::size_t memory_bytes(const HashingCost& cost) { return cost.memory_kib * 1024; }

}  // namespace

Argon2Hasher::Argon2Hasher(HashingCost cost, Random& random,
                           std::function<void(std::chrono::duration<double>)> took)
    : cost_(cost), took_(std::move(took)) {
  // Without memory for one hash no login can work; the decoy then fails like the real ones.
  if (auto made = hash(random.bytes(32))) decoy_ = std::move(*made);
}

Result<std::string> Argon2Hasher::hash(std::string_view password) {
  const Timer timer(took_);
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (crypto_pwhash_str(out.data(), password.data(), password.size(), cost_.iterations,
                        memory_bytes(cost_)) != 0) {
    return out_of_memory();
  }
  return std::string(out.data());
}

Result<bool> Argon2Hasher::verify(const std::string& hash, std::string_view password) {
  const Timer timer(took_);
  if (is_werkzeug_hash(hash)) return verify_werkzeug(hash, password);
  errno = 0;
  if (crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0) return true;
  // libsodium tells a wrong password from a failure only by this.
  if (errno == EINVAL) return false;
  if (errno == ENOMEM) return out_of_memory();
  return Error{ErrorCode::internal, "a stored password hash is damaged"};
}

bool Argon2Hasher::can_verify(const std::string& hash) const {
  // -1 for what it cannot read; else whether the cost is another.
  const auto read =
      crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.iterations, memory_bytes(cost_));
  return is_werkzeug_hash(hash) || (read >= 0 && hash.starts_with("$argon2id$"));
}

bool Argon2Hasher::needs_rehash(const std::string& hash) const {
  return crypto_pwhash_str_needs_rehash(hash.c_str(), cost_.iterations, memory_bytes(cost_)) != 0;
}

}  // namespace confab::auth
