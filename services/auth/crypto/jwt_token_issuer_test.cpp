#include "auth/crypto/jwt_token_issuer.hpp"

#include <gtest/gtest.h>

#include "auth/domain/fake_signing_key_store.hpp"
#include "auth/domain/fakes.hpp"
#include "common/base/encoding.hpp"

namespace confab::auth {
namespace {

using std::chrono::minutes;

struct JwtTokenIssuerTest : testing::Test {
  FakeSigningKeyStore store;
  FakeRandom random;
  FakeClock clock;
  KeyRing keys{store, random, clock, minutes(15)};
  JwtTokenIssuer issuer{keys, jwt::Party{}};
  User ada{7, "99f0e998-1360-41e9-ab6c-00e04c681690", "ada", "Ada L"};

  void SetUp() override { ASSERT_TRUE(keys.load()); }

  std::string token() {
    return issuer.access_token(ada, "sid", clock.now(), clock.now() + minutes(15));
  }
  Result<jwt::Identity> verify(const std::string& token) const {
    jwt::Verifier verifier{jwt::Party{}};
    verifier.set_keys(jwt::from_jwks(issuer.key_set()).value());
    return verifier.verify(token, clock.now());
  }
};

TEST_F(JwtTokenIssuerTest, SignsWhatItsKeySetVerifies) {
  const auto identity = verify(token());
  ASSERT_TRUE(identity) << identity.error().message;
  EXPECT_EQ(identity->user_id, 7);
  EXPECT_EQ(identity->uuid, ada.uuid);
  EXPECT_EQ(identity->username, "ada");
  EXPECT_EQ(identity->name, "Ada L");
  EXPECT_EQ(identity->session_id, "sid");
  EXPECT_EQ(identity->expires_at, clock.now() + minutes(15));
}

TEST_F(JwtTokenIssuerTest, TokensOutliveARotationOfTheKey) {
  const auto before = token();
  ASSERT_TRUE(keys.rotate());
  ASSERT_TRUE(keys.load());
  clock.advance(KeyRing::kActivation);
  EXPECT_TRUE(verify(before));
  EXPECT_TRUE(verify(token()));
}

TEST_F(JwtTokenIssuerTest, PublishesNoSecret) {
  EXPECT_EQ(issuer.key_set().find(base64url_encode(keys.signing_key().seed)), std::string::npos);
  EXPECT_EQ(issuer.key_set().find("\"d\""), std::string::npos);
}

TEST_F(JwtTokenIssuerTest, DigestsWithSha256) {
  EXPECT_EQ(hex_encode(issuer.digest("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace confab::auth
