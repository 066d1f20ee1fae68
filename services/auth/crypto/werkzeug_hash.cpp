#include "auth/crypto/werkzeug_hash.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <charconv>
#include <optional>
#include <vector>

#include "common/base/encoding.hpp"

namespace confab::auth {
namespace {

// What is dearer than this, whoever imports it, would stop the logins of others.
constexpr std::uint64_t kMostIterations = 2'000'000;
constexpr std::uint64_t kMostMemory = 64ULL << 20;
constexpr std::uint64_t kMostParallel = 16;
constexpr std::size_t kMostSalt = 128;
constexpr std::size_t kMostDigest = 128;

struct Parts {
  std::vector<std::string_view> method;  // "scrypt", "32768", "8", "1"
  std::string_view salt;                 // As text: its bytes are what is hashed.
  std::string_view digest;               // Hex.
};

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == text.npos) return out;
    text.remove_prefix(end + 1);
  }
}

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && stop == text.data() + text.size() ? value : 0;
}

const EVP_MD* digest_of(std::string_view name) {
  if (name == "sha256") return EVP_sha256();
  if (name == "sha512") return EVP_sha512();
  return name == "sha1" ? EVP_sha1() : nullptr;
}

std::optional<Parts> parse(std::string_view hash) {
  const auto fields = split(hash, '$');
  if (fields.size() != 3 || fields[1].empty() || fields[1].size() > kMostSalt) return std::nullopt;
  const auto digest = fields[2];
  if (digest.empty() || digest.size() % 2 != 0 || digest.size() > 2 * kMostDigest ||
      digest.find_first_not_of("0123456789abcdef") != digest.npos) {
    return std::nullopt;
  }
  return Parts{split(fields[0], ':'), fields[1], digest};
}

bool is_pbkdf2(const Parts& parts) {
  const auto& method = parts.method;
  if (method.size() != 3 || method[0] != "pbkdf2" || digest_of(method[1]) == nullptr) return false;
  const auto iterations = number(method[2]);
  return iterations > 0 && iterations <= kMostIterations;
}

bool is_scrypt(const Parts& parts) {
  const auto& method = parts.method;
  if (method.size() != 4 || method[0] != "scrypt") return false;
  const auto n = number(method[1]);
  const auto r = number(method[2]);
  const auto p = number(method[3]);
  const bool power_of_two = n > 1 && (n & (n - 1)) == 0;
  return power_of_two && r > 0 && r <= kMostMemory && n <= kMostMemory / 128 / r && p > 0 &&
         p <= kMostParallel;
}

/// Whether the derivation succeeded; `out` has the size of the digest.
bool derive(const Parts& parts, std::string_view password, std::string& out) {
  const auto* salt = reinterpret_cast<const unsigned char*>(parts.salt.data());
  auto* key = reinterpret_cast<unsigned char*>(out.data());
  if (is_pbkdf2(parts)) {
    return PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt,
                             static_cast<int>(parts.salt.size()),
                             static_cast<int>(number(parts.method[2])), digest_of(parts.method[1]),
                             static_cast<int>(out.size()), key) == 1;
  }
  return EVP_PBE_scrypt(password.data(), password.size(), salt, parts.salt.size(),
                        number(parts.method[1]), number(parts.method[2]), number(parts.method[3]),
                        2 * kMostMemory, key, out.size()) == 1;
}

}  // namespace

bool is_werkzeug_hash(std::string_view hash) {
  const auto parts = parse(hash);
  return parts && (is_pbkdf2(*parts) || is_scrypt(*parts));
}

Result<bool> verify_werkzeug(std::string_view hash, std::string_view password) {
  const auto parts = parse(hash);
  if (!parts) return false;
  std::string derived(parts->digest.size() / 2, '\0');
  if (!derive(*parts, password, derived)) {
    return Error{ErrorCode::overloaded, "no memory to hash the password", std::chrono::seconds(1)};
  }
  const auto hex = hex_encode(derived);
  return CRYPTO_memcmp(hex.data(), parts->digest.data(), hex.size()) == 0;
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::auth {
namespace {

// Made by Python's hashlib in the way generate_password_hash() does it, of "correct horse".
const std::string kHashes[] = {
    "pbkdf2:sha256:1000$Zk3pQ9aB$"
    "8b4b420056c402f5c46cf2db71dc76d7264e7fd3525658589b8a670cdb837cc0",
    "pbkdf2:sha1:1000$Zk3pQ9aB$"
    "befb92c5ca701605225edd41f56b179e53b8ac4d",
    "pbkdf2:sha512:1000$Zk3pQ9aB$"
    "6c376f303e0165da38cb19bbffc9cce4342ffe8649e8b79ff4b72b4f03d2b91731484ea1f93672da"
    "f755be9fccd2e0d38edc8296ddf7d4e4ce4d90f6e9bbeb91",
    "scrypt:1024:8:1$mV7xT2cD4eF6gH8j$"
    "06be687255b8ddc06cea676be38c4067eb06e59e61e6721450c0385e9d022e4c3acc333c42089310"
    "68d1268a25cd4d0362e5a6057d5772c16afff01af354b002",
    "scrypt:32768:8:1$mV7xT2cD4eF6gH8j$"
    "46e16d109d5c205b8e72c1fa492672bd846f2e1b4a59e9665fdec39e1e2a0705c7099c0d043388a6"
    "18bc61c36138cbd54b98b536279957878fea76ba2bdb5a0e",
};

TEST(WerkzeugHash, KnowsItsPasswordAndNoOther) {
  for (const auto& hash : kHashes) {
    ASSERT_TRUE(is_werkzeug_hash(hash)) << hash;
    EXPECT_TRUE(*verify_werkzeug(hash, "correct horse")) << hash;
    EXPECT_FALSE(*verify_werkzeug(hash, "correct house")) << hash;
    EXPECT_FALSE(*verify_werkzeug(hash, "")) << hash;
  }
}

TEST(WerkzeugHash, IsNothingElseAndNothingTooDear) {
  for (const auto* hash :
       {"", "$", "plain", "pbkdf2:sha256:1000$salt", "pbkdf2:md5:1000$salt$00ff",
        "pbkdf2:sha256$salt$00ff", "pbkdf2:sha256:0$salt$00ff", "pbkdf2:sha256:9000000$salt$00ff",
        "pbkdf2:sha256:1e3$salt$00ff", "pbkdf2:sha256:1000$$00ff", "pbkdf2:sha256:1000$salt$",
        "pbkdf2:sha256:1000$salt$xyz", "scrypt:32768:8$salt$00ff", "scrypt:1000:8:1$salt$00ff",
        "scrypt:1048576:8:1$salt$00ff", "scrypt:1024:0:1$salt$00ff", "scrypt:1024:8:99$salt$00ff",
        "scrypt:18446744073709551615:8:1$salt$00ff", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA"}) {
    EXPECT_FALSE(is_werkzeug_hash(hash)) << hash;
  }
}

}  // namespace
}  // namespace confab::auth
#endif
