#include "auth/domain/key_ring.hpp"

#include <algorithm>
#include <cassert>

#include "common/base/encoding.hpp"

namespace confab::auth {

SigningKey KeyRing::make_key() const {
  return {base64url_encode(random_.bytes(12)), random_.bytes(32), random_.bytes(32), clock_.now(),
          std::nullopt};
}

Result<> KeyRing::load() {
  auto keys = store_.load();
  if (keys && keys->empty()) {
    if (auto added = store_.add_first(make_key()); !added) return added;
    keys = store_.load();
  }
  if (!keys) return keys.error();
  const std::lock_guard lock(mutex_);
  keys_ = std::move(*keys);
  return {};
}

Result<std::string> KeyRing::rotate() {
  const auto key = make_key();
  if (auto done = store_.rotate(key, key.created_at + kActivation); !done) return done.error();
  return key.kid;
}

SigningKey KeyRing::signing_key() const {
  const auto now = clock_.now();
  const auto serves = [now](const SigningKey& key) {
    return !key.retired_at || now < *key.retired_at;
  };
  const std::lock_guard lock(mutex_);
  assert(!keys_.empty());
  const auto active = std::find_if(keys_.rbegin(), keys_.rend(), [&](const SigningKey& key) {
    return serves(key) && key.created_at + kActivation <= now;
  });
  if (active != keys_.rend()) return *active;
  // Only at the first start is there nothing but a key that is not known everywhere yet.
  const auto oldest = std::find_if(keys_.begin(), keys_.end(), serves);
  return oldest == keys_.end() ? keys_.back() : *oldest;
}

std::vector<SigningKey> KeyRing::published() const {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  std::vector<SigningKey> out;
  std::copy_if(keys_.begin(), keys_.end(), std::back_inserter(out), [&](const SigningKey& key) {
    return !key.retired_at || now < *key.retired_at + access_token_life_ + kLeeway;
  });
  return out;
}

std::vector<std::string> KeyRing::resume_keys() const {
  std::vector<std::string> out{signing_key().resume_key};
  for (auto& key : published()) {
    if (key.resume_key != out.front()) out.push_back(std::move(key.resume_key));
  }
  return out;
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/fake_signing_key_store.hpp"
#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

struct KeyRingTest : testing::Test {
  FakeSigningKeyStore store;
  FakeRandom random;
  FakeClock clock;
  KeyRing ring{store, random, clock, minutes(15)};
};

TEST_F(KeyRingTest, MakesTheFirstKeyOnceForAllReplicas) {
  KeyRing other{store, random, clock, minutes(15)};
  ASSERT_TRUE(ring.load());
  ASSERT_TRUE(other.load());
  EXPECT_EQ(ring.signing_key().kid, other.signing_key().kid);
  EXPECT_EQ(ring.published().size(), 1U);
}

TEST_F(KeyRingTest, PublishesANewKeyBeforeItSigns) {
  ASSERT_TRUE(ring.load());
  const auto first = ring.signing_key().kid;
  clock.advance(minutes(10));
  const auto second = ring.rotate();
  ASSERT_TRUE(second);
  ASSERT_TRUE(ring.load());
  EXPECT_EQ(ring.published().size(), 2U);
  EXPECT_EQ(ring.signing_key().kid, first);
  clock.advance(KeyRing::kActivation);
  EXPECT_EQ(ring.signing_key().kid, *second);
}

TEST_F(KeyRingTest, RotatesAlsoByAClockThatIsBehind) {
  ASSERT_TRUE(ring.load());
  clock.advance(-seconds(5));
  const auto second = ring.rotate();
  clock.advance(seconds(5) + KeyRing::kActivation);
  ASSERT_TRUE(ring.load());
  EXPECT_EQ(ring.signing_key().kid, *second);
}

TEST_F(KeyRingTest, PublishesARetiredKeyUntilItsLastTokenExpired) {
  ASSERT_TRUE(ring.load());
  clock.advance(minutes(10));
  ASSERT_TRUE(ring.rotate());
  ASSERT_TRUE(ring.load());
  clock.advance(KeyRing::kActivation + minutes(15) + KeyRing::kLeeway - seconds(1));
  EXPECT_EQ(ring.published().size(), 2U);
  clock.advance(seconds(1));
  EXPECT_EQ(ring.published().size(), 1U);
}

TEST_F(KeyRingTest, SignsWithAPublishedKeyThroughRotationsInARow) {
  ASSERT_TRUE(ring.load());
  for (int step = 0; step < 100; ++step) {
    clock.advance(seconds(7));
    if (step % 3 == 0) {
      ASSERT_TRUE(ring.rotate());
    }
    ASSERT_TRUE(ring.load());
    const auto published = ring.published();
    EXPECT_TRUE(std::any_of(published.begin(), published.end(), [&](const SigningKey& key) {
      return key.kid == ring.signing_key().kid;
    }));
  }
}

TEST_F(KeyRingTest, RotatesTheKeysOfResumeTicketsWithTheOthers) {
  ASSERT_TRUE(ring.load());
  const auto first = ring.signing_key().resume_key;
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(ring.resume_keys(), std::vector{first});
  ASSERT_TRUE(ring.rotate());
  ASSERT_TRUE(ring.load());
  ASSERT_EQ(ring.resume_keys().size(), 2U);
  EXPECT_EQ(ring.resume_keys()[0], first);
  const auto second = ring.resume_keys()[1];
  EXPECT_NE(second, first);
  clock.advance(KeyRing::kActivation);
  EXPECT_EQ(ring.resume_keys(), (std::vector{second, first}));
  clock.advance(minutes(15) + KeyRing::kLeeway);
  EXPECT_EQ(ring.resume_keys(), std::vector{second});
}

TEST_F(KeyRingTest, KeepsItsKeysWhileTheStoreIsAway) {
  ASSERT_TRUE(ring.load());
  store.failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_FALSE(ring.load());
  EXPECT_EQ(ring.published().size(), 1U);
}

}  // namespace
}  // namespace confab::auth
#endif
