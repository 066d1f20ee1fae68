#include "auth/domain/session_service.hpp"

#include "auth/domain/key_ring.hpp"
#include "common/base/uuid.hpp"

namespace confab::auth {
namespace {

Error not_accepted() {
  return {ErrorCode::unauthenticated, "the refresh token is not valid (any more); log in again"};
}

}  // namespace

SessionService::Draft SessionService::draft() {
  const auto token = RefreshToken::make(random_);
  const auto now = clock_.now();
  return {{Uuid::make(random_).text(), tokens_.digest(token.family), tokens_.digest(token.rotation),
           now, now + lives_.refresh},
          token};
}

SessionGrant SessionService::grant(User user, const Draft& draft) const {
  return grant(std::move(user), draft.session.id, draft.refresh_token);
}

SessionGrant SessionService::grant(User user, const std::string& session_id,
                                   const RefreshToken& refresh_token) const {
  const auto now = clock_.now();
  auto access_token = tokens_.access_token(user, session_id, now, now + lives_.access);
  return {std::move(user), session_id, std::move(access_token),
          std::chrono::duration_cast<std::chrono::seconds>(lives_.access), refresh_token.text()};
}

std::chrono::seconds SessionService::provisioned_life(std::chrono::seconds wish) const {
  const auto most = std::chrono::floor<std::chrono::seconds>(lives_.provisioned);
  return wish.count() == 0 ? most : std::min(wish, most);
}

std::string SessionService::access_token(const User& user, const NewSession& session,
                                         std::chrono::seconds life) const {
  const auto now = clock_.now();
  return tokens_.access_token(user, session.id, now, now + life);
}

Result<SessionGrant> SessionService::refresh(std::string_view refresh_token) {
  const auto token = RefreshToken::parse(refresh_token);
  if (!token) {
    audit_.refresh(RotatedSession{});
    return not_accepted();
  }
  const auto seed = random_.bytes(kSeedBytes);
  const auto next = successor(*token, seed);
  const auto now = clock_.now();
  auto rotated =
      store_.rotate({tokens_.digest(token->family), tokens_.digest(token->rotation),
                     tokens_.digest(next.rotation), seed, now, now + lives_.refresh, now - kGrace});
  audit_.refresh(rotated);
  if (!rotated) return rotated.error();
  switch (rotated->outcome) {
    case RotationOutcome::rotated:
      return grant(std::move(rotated->user), rotated->session_id, next);
    case RotationOutcome::repeated:
      return grant(std::move(rotated->user), rotated->session_id, successor(*token, rotated->seed));
    case RotationOutcome::unknown:
    case RotationOutcome::reused:
      break;
  }
  return not_accepted();
}

RefreshToken SessionService::successor(const RefreshToken& token, const std::string& seed) const {
  return token.next(tokens_.digest(seed + token.rotation));
}

Result<> SessionService::logout(std::string_view session_id) {
  const auto id = Uuid::parse(session_id);
  if (!id) return Error{ErrorCode::invalid_argument, "the session id is no UUID"};
  const auto ended = store_.revoke(id->text());
  if (!ended) return ended.error();
  if (*ended) audit_.logged_out(id->text());
  return {};
}

Result<std::vector<std::string>> SessionService::logout_all(std::int64_t user_id) {
  auto ended = store_.revoke_all(user_id, {});
  if (ended) {
    for (const auto& session_id : *ended) audit_.logged_out(session_id);
  }
  return ended;
}

Result<std::vector<SessionInfo>> SessionService::list(std::int64_t user_id) {
  return store_.sessions_of(user_id, clock_.now(), kMaxListed);
}

std::chrono::seconds SessionService::longest_access() const {
  return std::chrono::ceil<std::chrono::seconds>(lives_.longest_access()) + KeyRing::kLeeway;
}

Result<Revocations> SessionService::revocations(std::int64_t cursor) {
  if (cursor < 0) return Error{ErrorCode::invalid_argument, "the cursor is negative"};
  return store_.revocations(cursor, longest_access() + AccountStore::kRevocationOverlap);
}

Result<std::int64_t> SessionService::purge() {
  return store_.purge_sessions(clock_.now() - longest_access() - AccountStore::kRevocationOverlap);
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/fake_account_store.hpp"
#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

struct SessionServiceTest : testing::Test {
  FakeClock clock;
  FakeRandom random;
  FakeAccountStore store;
  FakeTokenIssuer tokens;
  RecordedAuditTrail audit;
  SessionService sessions{store, tokens, audit, random, clock, TokenLives{}};

  SessionGrant start(const std::string& username = "ada") {
    const auto draft = sessions.draft();
    auto user =
        store.create({"uuid-" + username, username, username, "Ada", "hash"}, draft.session);
    return sessions.grant(*user, draft);
  }
};

TEST_F(SessionServiceTest, GivesANewPairForEachRefreshToken) {
  const auto first = start();
  const auto second = sessions.refresh(first.refresh_token);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->session_id, first.session_id);
  EXPECT_EQ(second->user, first.user);
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_EQ(second->expires_in, std::chrono::minutes(15));
  EXPECT_TRUE(sessions.refresh(second->refresh_token));
}

TEST_F(SessionServiceTest, GivesTheSameSuccessorAgainToAClientThatLostTheAnswer) {
  const auto first = start();
  const auto second = sessions.refresh(first.refresh_token);
  clock.advance(SessionService::kGrace - std::chrono::seconds(1));
  const auto again = sessions.refresh(first.refresh_token);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->refresh_token, second->refresh_token);
  EXPECT_EQ(again->session_id, first.session_id);
  EXPECT_TRUE(sessions.refresh(again->refresh_token));
  EXPECT_EQ(audit.events, (std::vector<std::string>{"refresh rotated 1", "refresh repeated 1",
                                                    "refresh rotated 1"}));
}

TEST_F(SessionServiceTest, EndsTheSessionWhenATokenIsUsedAgainAfterItsSuccessor) {
  const auto first = start();
  const auto second = sessions.refresh(first.refresh_token);
  const auto third = sessions.refresh(second->refresh_token);
  EXPECT_EQ(sessions.refresh(first.refresh_token).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(sessions.refresh(third->refresh_token).error().code, ErrorCode::unauthenticated);
}

TEST_F(SessionServiceTest, ListsAndEndsAllSessionsOfOneUser) {
  const auto first = start();
  const auto other = start("bob");
  EXPECT_EQ(sessions.list(first.user.id)->at(0).id, first.session_id);
  EXPECT_EQ(*sessions.logout_all(first.user.id), std::vector{first.session_id});
  EXPECT_TRUE(sessions.list(first.user.id)->empty());
  EXPECT_FALSE(sessions.refresh(first.refresh_token));
  EXPECT_TRUE(sessions.refresh(other.refresh_token));
}

TEST_F(SessionServiceTest, EndsTheSessionWhenATokenIsUsedTwice) {
  const auto first = start();
  const auto second = sessions.refresh(first.refresh_token);
  clock.advance(SessionService::kGrace);
  EXPECT_EQ(sessions.refresh(first.refresh_token).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(sessions.refresh(second->refresh_token).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(sessions.revocations(0)->session_ids, std::vector{first.session_id});
  EXPECT_EQ(audit.events, (std::vector<std::string>{"refresh rotated 1", "refresh reused 1",
                                                    "refresh unknown 0"}));
}

TEST_F(SessionServiceTest, RefusesATokenThatNeverWas) {
  const auto first = start();
  auto forged = first.refresh_token;
  forged.front() = forged.front() == 'A' ? 'B' : 'A';
  EXPECT_EQ(sessions.refresh(forged).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(sessions.refresh("nonsense").error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(sessions.refresh(first.refresh_token));
}

TEST_F(SessionServiceTest, RefusesAnExpiredTokenAndLeavesTheSession) {
  const auto first = start();
  clock.advance(TokenLives{}.refresh);
  EXPECT_EQ(sessions.refresh(first.refresh_token).error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(sessions.revocations(0)->session_ids.empty());
}

TEST_F(SessionServiceTest, EachRotationProlongsTheSession) {
  auto grant = start();
  for (int days = 0; days < 100; days += 20) {
    clock.advance(std::chrono::hours(20 * 24));
    const auto next = sessions.refresh(grant.refresh_token);
    ASSERT_TRUE(next);
    grant = *next;
  }
}

TEST_F(SessionServiceTest, LoggingOutTwiceIsNoError) {
  const auto first = start();
  EXPECT_TRUE(sessions.logout(first.session_id));
  EXPECT_TRUE(sessions.logout(first.session_id));
  EXPECT_TRUE(sessions.logout(Uuid::make(random).text()));
  EXPECT_EQ(sessions.logout("mine").error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(sessions.refresh(first.refresh_token).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(audit.events.front(), "logout " + first.session_id);
}

TEST_F(SessionServiceTest, KeepsSessionsUntilNothingOfThemIsValid) {
  start();
  clock.advance(TokenLives{}.refresh + std::chrono::minutes(15));
  EXPECT_EQ(*sessions.purge(), 0);
  clock.advance(std::chrono::minutes(2));
  EXPECT_EQ(*sessions.purge(), 1);
}

TEST_F(SessionServiceTest, KeepsSessionsWhileAProvisionedTokenOfThemMayBeValid) {
  TokenLives lives;
  lives.provisioned = std::chrono::hours(24);
  SessionService longer{store, tokens, audit, random, clock, lives};
  EXPECT_EQ(longer.provisioned_life(std::chrono::hours(25)), std::chrono::hours(24));
  EXPECT_EQ(longer.provisioned_life(std::chrono::hours(1)), std::chrono::hours(1));
  EXPECT_EQ(longer.provisioned_life(std::chrono::seconds(0)), std::chrono::hours(24));
  start();
  clock.advance(TokenLives{}.refresh + std::chrono::hours(24));
  EXPECT_EQ(*longer.purge(), 0);
  EXPECT_EQ(*sessions.purge(), 1);
}

TEST_F(SessionServiceTest, PassesOnThatTheStoreIsAway) {
  const auto first = start();
  store.failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_EQ(sessions.refresh(first.refresh_token).error().code, ErrorCode::unavailable);
  EXPECT_EQ(sessions.logout(first.session_id).error().code, ErrorCode::unavailable);
  EXPECT_EQ(sessions.revocations(0).error().code, ErrorCode::unavailable);
  EXPECT_EQ(sessions.revocations(-1).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(audit.events, std::vector<std::string>{"refresh failed 0"});
}

}  // namespace
}  // namespace confab::auth
#endif
