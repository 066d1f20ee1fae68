#include "common/jwt/jwt.hpp"

#include <sodium.h>

#include <boost/json.hpp>
#include <optional>

#include "common/base/encoding.hpp"

namespace confab::jwt {
namespace {

namespace json = boost::json;

Error refused(std::string why) { return {ErrorCode::unauthenticated, std::move(why)}; }

const unsigned char* octets(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* octets(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::int64_t to_seconds(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 4;
  auto value = json::parse(text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::optional<json::object> decode_object(std::string_view part) {
  const auto text = base64url_decode(part);
  if (!text) return std::nullopt;
  return parse_object(*text);
}

std::string text_claim(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->as_string());
}

std::int64_t number_claim(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_int64() ? value->as_int64() : 0;
}

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_part;
};

std::optional<Parts> split(std::string_view token) {
  const auto first = token.find('.');
  if (first == token.npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

bool has_foreign_key_source(const json::object& header) {
  for (const auto* name : {"jku", "jwk", "x5u", "x5c", "crit"}) {
    if (header.contains(name)) return true;
  }
  return false;
}

bool signature_is_good(const Parts& parts, const std::string& key) {
  const auto signature = base64url_decode(parts.signature);
  return signature && signature->size() == crypto_sign_BYTES &&
         crypto_sign_verify_detached(octets(*signature), octets(parts.signed_part),
                                     parts.signed_part.size(), octets(key)) == 0;
}

}  // namespace

PublicKey PrivateKey::public_key() const {
  std::string bytes(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(octets(bytes), octets(secret), octets(std::string_view(seed)));
  sodium_memzero(secret.data(), secret.size());
  return {kid, bytes};
}

std::string sign(const PrivateKey& key, const Party& party, const Identity& identity,
                 std::chrono::system_clock::time_point now) {
  const json::object header = {{"alg", "EdDSA"}, {"typ", "at+jwt"}, {"kid", key.kid}};
  const json::object payload = {{"iss", party.issuer},
                                {"aud", party.audience},
                                {"sub", identity.uuid},
                                {"uid", identity.user_id},
                                {"username", identity.username},
                                {"name", identity.name},
                                {"sid", identity.session_id},
                                {"iat", to_seconds(now)},
                                {"exp", to_seconds(identity.expires_at)}};
  auto token =
      base64url_encode(json::serialize(header)) + "." + base64url_encode(json::serialize(payload));
  std::string bytes(crypto_sign_PUBLICKEYBYTES, '\0');
  std::string secret(crypto_sign_SECRETKEYBYTES, '\0');
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_seed_keypair(octets(bytes), octets(secret), octets(std::string_view(key.seed)));
  crypto_sign_detached(octets(signature), nullptr, octets(std::string_view(token)), token.size(),
                       octets(std::string_view(secret)));
  sodium_memzero(secret.data(), secret.size());
  return token + "." + base64url_encode(signature);
}

std::string to_jwks(const std::vector<PublicKey>& keys) {
  json::array list;
  for (const auto& key : keys) {
    list.push_back(json::object{{"kty", "OKP"},
                                {"crv", "Ed25519"},
                                {"alg", "EdDSA"},
                                {"use", "sig"},
                                {"kid", key.kid},
                                {"x", base64url_encode(key.bytes)}});
  }
  return json::serialize(json::object{{"keys", std::move(list)}});
}

Result<std::vector<PublicKey>> from_jwks(std::string_view text) {
  const Error broken{ErrorCode::invalid_argument, "the key set is no RFC 7517 JSON"};
  const auto object = parse_object(text);
  const auto* keys = object ? object->if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return broken;
  std::vector<PublicKey> out;
  for (const auto& entry : keys->as_array()) {
    if (!entry.is_object()) return broken;
    const auto& key = entry.as_object();
    if (text_claim(key, "kty") != "OKP" || text_claim(key, "crv") != "Ed25519") continue;
    auto bytes = base64url_decode(text_claim(key, "x"));
    if (!bytes || bytes->size() != crypto_sign_PUBLICKEYBYTES) return broken;
    out.push_back({text_claim(key, "kid"), std::move(*bytes)});
  }
  return out;
}

void Verifier::set_keys(const std::vector<PublicKey>& keys) {
  std::map<std::string, std::string, std::less<>> fresh;
  for (const auto& key : keys) fresh[key.kid] = key.bytes;
  const std::lock_guard lock(mutex_);
  keys_ = std::move(fresh);
}

Result<Identity> Verifier::verify(std::string_view token, std::chrono::system_clock::time_point now,
                                  bool* unknown_key) const {
  if (token.empty()) return refused("no token");
  if (token.size() > kMaxTokenBytes) return refused("the token is too long");
  const auto parts = split(token);
  const auto header = parts ? decode_object(parts->header) : std::nullopt;
  if (!header) return refused("the token is malformed");
  if (text_claim(*header, "alg") != "EdDSA" || text_claim(*header, "typ") != "at+jwt" ||
      has_foreign_key_source(*header)) {
    return refused("the token is not of the kind this server issues");
  }
  std::string key;
  {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(text_claim(*header, "kid"));
    if (found != keys_.end()) key = found->second;
  }
  if (key.empty()) {
    if (unknown_key != nullptr) *unknown_key = true;
    return refused("the token is signed by an unknown key");
  }
  if (!signature_is_good(*parts, key)) return refused("the token's signature is wrong");
  const auto payload = decode_object(parts->payload);
  if (!payload) return refused("the token is malformed");
  Identity identity{
      number_claim(*payload, "uid"),
      text_claim(*payload, "sub"),
      text_claim(*payload, "username"),
      text_claim(*payload, "name"),
      text_claim(*payload, "sid"),
      std::chrono::system_clock::time_point(std::chrono::seconds(number_claim(*payload, "exp")))};
  if (text_claim(*payload, "iss") != party_.issuer ||
      text_claim(*payload, "aud") != party_.audience) {
    return refused("the token is meant for another system");
  }
  if (now >= identity.expires_at + kLeeway) return refused("the token has expired");
  if (identity.user_id <= 0 || identity.uuid.empty() || identity.session_id.empty()) {
    return refused("the token lacks a claim");
  }
  return identity;
}

}  // namespace confab::jwt

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::jwt {
namespace {

using std::chrono::minutes;

const auto kNow = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));

struct VerifierTest : testing::Test {
  PrivateKey key{"k1", std::string(32, 's')};
  Identity identity{
      7, "99f0e998-1360-11e9-ab6c-00e04c681690", "ada", "Ada \"L\"", "sid1", kNow + minutes(15)};
  Verifier verifier{Party{}};

  void SetUp() override { verifier.set_keys({key.public_key()}); }

  static std::string unsigned_token(const json::object& header, const json::object& payload) {
    return base64url_encode(json::serialize(header)) + "." +
           base64url_encode(json::serialize(payload)) + ".";
  }
};

TEST_F(VerifierTest, AcceptsWhatTheIssuerSigned) {
  const auto verified = verifier.verify(sign(key, Party{}, identity, kNow), kNow);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->user_id, 7);
  EXPECT_EQ(verified->name, "Ada \"L\"");
  EXPECT_EQ(verified->session_id, "sid1");
  EXPECT_EQ(verified->expires_at, identity.expires_at);
}

TEST_F(VerifierTest, RefusesAnExpiredTokenAfterTheLeeway) {
  const auto token = sign(key, Party{}, identity, kNow);
  const auto end = identity.expires_at + Verifier::kLeeway;
  EXPECT_TRUE(verifier.verify(token, end - std::chrono::seconds(1)));
  EXPECT_FALSE(verifier.verify(token, end));
}

TEST_F(VerifierTest, RefusesAnyChangedByte) {
  const auto token = sign(key, Party{}, identity, kNow);
  for (std::size_t i = 0; i < token.size(); ++i) {
    auto changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verifier.verify(changed, kNow)) << i;
  }
}

TEST_F(VerifierTest, RefusesNoneAndHmacWithThePublicKey) {
  const json::object payload = {{"uid", 7}, {"sub", "u"}, {"sid", "s"}, {"exp", 1'800'000'000}};
  for (const auto* algorithm : {"none", "None", "HS256", "RS256", "eddsa", ""}) {
    const auto token =
        unsigned_token({{"alg", algorithm}, {"typ", "at+jwt"}, {"kid", "k1"}}, payload);
    EXPECT_FALSE(verifier.verify(token, kNow)) << algorithm;
  }
}

TEST_F(VerifierTest, NeverFollowsAKeySourceInTheHeader) {
  const auto token = unsigned_token(
      {{"alg", "EdDSA"}, {"typ", "at+jwt"}, {"kid", "k1"}, {"jku", "http://evil"}}, {});
  EXPECT_FALSE(verifier.verify(token, kNow));
}

TEST_F(VerifierTest, RefusesAnotherAudienceAndReportsAnUnknownKey) {
  EXPECT_FALSE(verifier.verify(sign(key, Party{"confab", "other"}, identity, kNow), kNow));
  bool unknown = false;
  const PrivateKey other{"k2", std::string(32, 't')};
  EXPECT_FALSE(verifier.verify(sign(other, Party{}, identity, kNow), kNow, &unknown));
  EXPECT_TRUE(unknown);
}

TEST_F(VerifierTest, RefusesGarbage) {
  for (const auto& token : {std::string(), std::string("a"), std::string("a.b"),
                            std::string("a.b.c.d"), std::string("..."), std::string(5000, 'a')}) {
    EXPECT_FALSE(verifier.verify(token, kNow));
  }
}

TEST(Jwks, ReadsWhatItWrites) {
  const PrivateKey key{"k1", std::string(32, 's')};
  const auto keys = from_jwks(to_jwks({key.public_key()}));
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().bytes, key.public_key().bytes);
  EXPECT_FALSE(from_jwks("{}"));
  EXPECT_FALSE(from_jwks(R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]})"));
}

}  // namespace
}  // namespace confab::jwt
#endif
