#include "auth/crypto/argon2_hasher.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

namespace confab::auth {
namespace {

struct Argon2HasherTest : testing::Test {
  SystemRandom random;
  int hashes = 0;
  Argon2Hasher hasher{kFastInsecureCost, random, [this](auto) { ++hashes; }};

  static void SetUpTestSuite() { ASSERT_GE(sodium_init(), 0); }
};

TEST_F(Argon2HasherTest, KnowsItsPasswordAgainAndNoOther) {
  const auto hash = hasher.hash("password1");
  ASSERT_TRUE(hash);
  EXPECT_TRUE(*hasher.verify(*hash, "password1"));
  EXPECT_FALSE(*hasher.verify(*hash, "password2"));
  EXPECT_FALSE(*hasher.verify(*hash, ""));
  EXPECT_NE(*hasher.hash("password1"), *hash);
}

TEST_F(Argon2HasherTest, ReadsEveryByteOfAPassword) {
  const auto hash = hasher.hash(std::string("password\0one", 12));
  EXPECT_FALSE(*hasher.verify(*hash, std::string("password\0two", 12)));
}

TEST_F(Argon2HasherTest, WritesThePhcFormatWithItsCost) {
  Argon2Hasher safe(kLeastSafeCost, random, nullptr);
  EXPECT_TRUE(safe.decoy().starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << safe.decoy();
}

TEST_F(Argon2HasherTest, VerifiesAHashOfWerkzeugAndAsksForARehash) {
  const std::string hash =
      "pbkdf2:sha256:1000$Zk3pQ9aB$"
      "8b4b420056c402f5c46cf2db71dc76d7264e7fd3525658589b8a670cdb837cc0";
  EXPECT_TRUE(*hasher.verify(hash, "correct horse"));
  EXPECT_FALSE(*hasher.verify(hash, "correct house"));
  EXPECT_TRUE(hasher.needs_rehash(hash));
  EXPECT_EQ(hashes, 3) << "with the decoy";
}

TEST_F(Argon2HasherTest, TellsWhichHashesItCanVerify) {
  EXPECT_TRUE(hasher.can_verify(*hasher.hash("password1")));
  EXPECT_TRUE(hasher.can_verify("pbkdf2:sha256:1000$salt$00ff"));
  EXPECT_FALSE(hasher.can_verify("password1"));
  EXPECT_FALSE(hasher.can_verify(""));
  EXPECT_FALSE(hasher.can_verify("$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyz01234"));
}

TEST_F(Argon2HasherTest, AsksForARehashWhenTheCostChanged) {
  const Argon2Hasher dearer({16, 1}, random, nullptr);
  EXPECT_FALSE(hasher.needs_rehash(*hasher.hash("password1")));
  EXPECT_TRUE(dearer.needs_rehash(*hasher.hash("password1")));
  EXPECT_TRUE(hasher.needs_rehash("not a hash"));
}

TEST_F(Argon2HasherTest, TellsADamagedHashFromAWrongPassword) {
  EXPECT_EQ(hasher.verify("not a hash", "password1").error().code, ErrorCode::internal);
}

TEST_F(Argon2HasherTest, HasADecoyOfTheSameCostThatNobodyMatches) {
  EXPECT_FALSE(*hasher.verify(hasher.decoy(), "password1"));
  EXPECT_FALSE(hasher.needs_rehash(hasher.decoy()));
}

TEST_F(Argon2HasherTest, TimesEveryHash) {
  (void)hasher.verify(hasher.decoy(), "password1");
  EXPECT_EQ(hashes, 2);
}

}  // namespace
}  // namespace confab::auth
