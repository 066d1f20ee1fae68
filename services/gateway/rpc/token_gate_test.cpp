#include "gateway/rpc/token_gate.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/asio_loop.hpp"
#include "gateway/rpc/fake_services.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

jwt::PrivateKey key(const std::string& kid) { return {kid, std::string(32, kid.front())}; }

struct TokenGateTest : ::testing::Test {
  boost::asio::io_context io{1};
  AsioLoop loop{io, [](std::string_view what) { ADD_FAILURE() << what; }};
  ManualClock clock;
  CountingRandom random;
  FakeAuthService auth;
  TestServer server{auth};
  std::shared_ptr<TokenGate::Stub> stub = server.stub<auth::v1::Auth>();
  std::vector<std::string> revoked;
  std::vector<bool> ups;
  std::vector<std::string> tickets;
  TokenGate gate{*stub,
                 loop,
                 clock,
                 random,
                 {},
                 {.revoked = [this](const std::string& id) { revoked.push_back(id); },
                  .auth_up = [this](bool up) { ups.push_back(up); },
                  .ticket = [this](auto result) { tickets.emplace_back(result); }}};

  void SetUp() override {
    publish({"a"});
    auth.publish_resume_keys({std::string(32, 'r')});
    ASSERT_TRUE(finish(io, gate.fetch_keys()));
    clock.time += TokenGate::kKeysOnDemand;
  }

  void publish(const std::vector<std::string>& kids) {
    std::vector<jwt::PublicKey> keys;
    for (const auto& kid : kids) keys.push_back(key(kid).public_key());
    auth.publish(jwt::to_jwks(keys));
  }

  std::string token(const std::string& kid, const std::string& session = "s-1") {
    jwt::Identity identity;
    identity.user_id = 1;
    identity.uuid = "u-1";
    identity.username = "ann";
    identity.name = "Ann";
    identity.session_id = session;
    identity.expires_at = clock.time + 15min;
    return jwt::sign(key(kid), {}, identity, clock.time);
  }

  Result<Identity> identify(const std::string& text) { return finish(io, gate.identify(text)); }
  Result<Identity> resume(const std::string& text, const std::string& ticket) {
    return finish(io, gate.resume(text, ticket));
  }
  /// The ticket that the bearer of this token would get.
  std::string ticket(const std::string& text) { return gate.ticket(*identify(text)); }
};

TEST_F(TokenGateTest, TellsWhoTheBearerIsWithoutAskingAnybody) {
  const auto who = identify(token("a"));
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user.id, 1);
  EXPECT_EQ(who->user.uuid, "u-1");
  EXPECT_EQ(who->user.username, "ann");
  EXPECT_EQ(who->session_id, "s-1");
  EXPECT_EQ(who->expires_at, clock.time + 15min);
  EXPECT_EQ(auth.fetches(), 1);
}

TEST_F(TokenGateTest, RefusesBadTokensWithoutAskingAnybody) {
  auto forged = token("a");
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  for (const auto& text : {std::string(), std::string("x"), forged}) {
    EXPECT_EQ(identify(text).error().code, ErrorCode::unauthenticated);
  }
  EXPECT_EQ(auth.fetches(), 1);
}

TEST_F(TokenGateTest, LetsNobodyInWhoseConnectionWouldBeCutForItsExpiry) {
  const auto bearer = token("a");
  clock.time += 15min + SessionBook::kGrace - 1s;
  EXPECT_TRUE(identify(bearer));
  clock.time += 1s;
  EXPECT_EQ(identify(bearer).error().code, ErrorCode::unauthenticated);
}

TEST_F(TokenGateTest, FetchesKeysWhenATokenNamesANewOne) {
  publish({"a", "b"});
  EXPECT_TRUE(identify(token("b")));
  EXPECT_TRUE(identify(token("a")));
  EXPECT_EQ(auth.fetches(), 2);
}

TEST_F(TokenGateTest, FetchesNotMoreOftenThanItMayHoweverManyUnknownKeysCome) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(identify(token("z")).error().code, ErrorCode::unauthenticated);
  }
  EXPECT_EQ(auth.fetches(), 2);
  clock.time += TokenGate::kKeysOnDemand;
  (void)identify(token("z"));
  EXPECT_EQ(auth.fetches(), 3);
}

TEST_F(TokenGateTest, LetsAllTokensOfANewKeyWaitForTheOneFetch) {
  publish({"b"});
  auth.hold(true);
  int good = 0;
  int ended = 0;
  for (int i = 0; i < 5; ++i) {
    boost::asio::co_spawn(io, gate.identify(token("b")),
                          [&](const std::exception_ptr&, const Result<Identity>& who) {
                            ++ended;
                            if (who) ++good;
                          });
  }
  ASSERT_TRUE(run_until(io, [&] { return auth.fetches() == 2; }));
  auth.hold(false);
  ASSERT_TRUE(run_until(io, [&] { return ended == 5; }));
  EXPECT_EQ(good, 5);
  EXPECT_EQ(auth.fetches(), 2);
}

TEST_F(TokenGateTest, LetsValidTokensWorkWhileTheAuthServiceIsAway) {
  server.stop();
  EXPECT_TRUE(identify(token("a")));
  // Nobody can tell whether this one is good: its bearer may come again.
  EXPECT_EQ(identify(token("b")).error().code, ErrorCode::unavailable);
  EXPECT_EQ(identify(token("b")).error().code, ErrorCode::unavailable);
  EXPECT_FALSE(ups.back());
  EXPECT_TRUE(identify(token("a")));
  publish({"a", "b"});
  server.start();
  EXPECT_TRUE(run_until(io, [&] {  // The channel dials again after a pause.
    clock.time += TokenGate::kKeysOnDemand;
    return identify(token("b")).has_value();
  }));
  EXPECT_TRUE(ups.back());
}

TEST_F(TokenGateTest, KeepsItsKeysWhenItIsGivenNoKeySet) {
  auth.publish("garbage");
  EXPECT_FALSE(finish(io, gate.fetch_keys()));
  EXPECT_TRUE(identify(token("a")));
}

TEST_F(TokenGateTest, RefusesARevokedSessionFromNowOnAndTellsOnce) {
  gate.revoke("s-1");
  gate.revoke("s-1");
  EXPECT_EQ(revoked, std::vector<std::string>{"s-1"});
  EXPECT_EQ(identify(token("a", "s-1")).error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(identify(token("a", "s-2")));
}

TEST_F(TokenGateTest, LetsATicketDoInPlaceOfItsToken) {
  const auto text = token("a");
  for (const auto& beside : {text, std::string()}) {
    const auto who = resume(beside, ticket(text));
    ASSERT_TRUE(who);
    EXPECT_EQ(who->user.username, "ann");
    EXPECT_EQ(who->expires_at, clock.time + 15min);
    // And the next one is for the same token.
    EXPECT_TRUE(resume(text, gate.ticket(*who)));
  }
  EXPECT_EQ(tickets, std::vector<std::string>(4, "accepted"));
}

TEST_F(TokenGateTest, GoesByTheTokenWhenTheTicketIsNotGood) {
  const auto old = ticket(token("a", "s-1"));
  const auto other = token("a", "s-2");
  EXPECT_EQ(resume(other, old)->session_id, "s-2");
  EXPECT_EQ(resume("forged", old).error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(resume(other, "garbage!"));
  EXPECT_EQ(resume("", "garbage!").error().code, ErrorCode::unauthenticated);
  clock.time += ResumeTickets::kLife;
  EXPECT_TRUE(resume(token("a"), old));
  EXPECT_EQ(resume("", old).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(tickets, (std::vector<std::string>{"other_token", "other_token", "malformed",
                                               "malformed", "expired", "expired"}));
}

TEST_F(TokenGateTest, RefusesTheTicketOfARevokedSession) {
  const auto text = token("a");
  const auto old = ticket(text);
  gate.revoke("s-1");
  EXPECT_EQ(resume("", old).error().code, ErrorCode::unauthenticated);
  EXPECT_EQ(resume(text, old).error().code, ErrorCode::unauthenticated);
}

TEST_F(TokenGateTest, TakesTicketsWhileTheAuthServiceIsAwayAndAfterItsKeysRotated) {
  const auto old = ticket(token("a"));
  publish({"b"});
  auth.publish_resume_keys({std::string(32, 'n'), std::string(32, 'r')});
  ASSERT_TRUE(finish(io, gate.fetch_keys()));
  server.stop();
  EXPECT_TRUE(resume("", old));
  EXPECT_EQ(tickets.back(), "accepted");
}

TEST_F(TokenGateTest, GivesNoTicketsWithoutAKey) {
  auth.publish_resume_keys({});
  ASSERT_TRUE(finish(io, gate.fetch_keys()));
  EXPECT_EQ(ticket(token("a")), "");
}

TEST_F(TokenGateTest, FollowsRevocationsAndKeys) {
  auth.revoke("s-1");
  loop.spawn([this] { return gate.watch(); });
  ASSERT_TRUE(run_until(io, [&] { return !revoked.empty(); }));
  EXPECT_EQ(identify(token("a", "s-1")).error().code, ErrorCode::unauthenticated);
  auth.revoke("s-2");
  publish({"b"});
  clock.time += TokenGate::kKeysEvery;
  ASSERT_TRUE(run_until(io, [&] { return revoked.size() == 2 && auth.fetches() == 2; }));
  EXPECT_EQ(auth.cursors().at(1), 1);
  // The server has been asked; its answer may still be on its way. This one comes after it.
  ASSERT_TRUE(finish(io, gate.fetch_keys()));
  EXPECT_EQ(identify(token("a", "s-3")).error().code, ErrorCode::unauthenticated);
  EXPECT_TRUE(identify(token("b", "s-3")));
}

}  // namespace
}  // namespace confab::gateway
