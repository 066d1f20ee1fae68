#include "auth/domain/refresh_token.hpp"

#include "common/base/encoding.hpp"

namespace confab::auth {

RefreshToken RefreshToken::make(Random& random) {
  return {random.bytes(kFamilyBytes), random.bytes(kRotationBytes)};
}

std::optional<RefreshToken> RefreshToken::parse(std::string_view text) {
  const auto bytes = base64url_decode(text.substr(0, 128));
  if (!bytes || bytes->size() != kFamilyBytes + kRotationBytes) return std::nullopt;
  return RefreshToken{bytes->substr(0, kFamilyBytes), bytes->substr(kFamilyBytes)};
}

RefreshToken RefreshToken::next(std::string next_rotation) const {
  return {family, std::move(next_rotation)};
}

std::string RefreshToken::text() const { return base64url_encode(family + rotation); }

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

TEST(RefreshToken, ReadsWhatItWrites) {
  FakeRandom random;
  const auto token = RefreshToken::make(random);
  EXPECT_EQ(token.text().size(), 64U);
  EXPECT_EQ(RefreshToken::parse(token.text()), token);
}

TEST(RefreshToken, KeepsItsFamilyAndNothingElseAtARotation) {
  FakeRandom random;
  const auto token = RefreshToken::make(random);
  const auto next = token.next(random.bytes(RefreshToken::kRotationBytes));
  EXPECT_EQ(next.family, token.family);
  EXPECT_NE(next.rotation, token.rotation);
}

TEST(RefreshToken, IsNothingElse) {
  FakeRandom random;
  const auto text = RefreshToken::make(random).text();
  for (const auto& other : {std::string(), text.substr(1), text + "A",
                            text + "==", std::string(64, '!'), std::string(1'000'000, 'A')}) {
    EXPECT_FALSE(RefreshToken::parse(other));
  }
}

}  // namespace
}  // namespace confab::auth
#endif
