#include "auth/domain/provisioning.hpp"

#include <unordered_set>

#include "auth/domain/profile.hpp"
#include "common/base/encoding.hpp"
#include "common/base/uuid.hpp"

namespace confab::auth {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

std::vector<Provisioning::Plan> plans_of(const Provisioning::Order& order) {
  std::vector<Provisioning::Plan> plans;
  for (const auto& username : order.usernames) plans.push_back({username, {}, {}, {}});
  plans.insert(plans.end(), order.accounts.begin(), order.accounts.end());
  return plans;
}

}  // namespace

Result<Provisioning::Delivery> Provisioning::provision(const Order& order) {
  const auto plans = plans_of(order);
  auto users = draft_users(plans);
  if (!users) return users.error();
  if (const auto hashed = hash(order, plans, *users); !hashed) return hashed.error();
  std::vector<NewSession> sessions;
  for (std::size_t i = 0; i < users->size(); ++i) sessions.push_back(sessions_.draft().session);
  const auto kept = store_.provision(*users, sessions);
  if (!kept) return kept.error();
  Delivery delivery;
  delivery.expires_in = sessions_.provisioned_life(order.token_life);
  std::size_t made = 0;
  for (std::size_t i = 0; i < kept->size(); ++i) {
    const auto& [user, is_new] = (*kept)[i];
    if (is_new) ++made;
    delivery.accounts.push_back(
        {user, sessions_.access_token(user, sessions[i], delivery.expires_in), is_new});
  }
  audit_.provisioned(made, kept->size() - made);
  return delivery;
}

Result<std::vector<NewUser>> Provisioning::draft_users(const std::vector<Plan>& plans) {
  if (plans.empty() || plans.size() > kMaxAccounts) {
    return bad("1 to " + std::to_string(kMaxAccounts) + " accounts can be provisioned at once");
  }
  std::vector<NewUser> users;
  std::unordered_set<std::string> keys;
  for (const auto& plan : plans) {
    const auto& username = plan.username;
    if (const auto good = check(plan); !good) {
      return bad("\"" + username + "\": " + good.error().message);
    }
    auto key = username_key(username);
    if (!keys.insert(key).second) return bad("the username \"" + username + "\" is there twice");
    users.push_back({Uuid::make(random_).text(), username, std::move(key),
                     plan.name.empty() ? username : plan.name, plan.hash});
  }
  return users;
}

Result<> Provisioning::check(const Plan& plan) const {
  if (const auto good = check_username(plan.username); !good) return good;
  if (const auto good = check_name(plan.name.empty() ? plan.username : plan.name); !good) {
    return good;
  }
  if (!plan.password.empty() && !plan.hash.empty()) return bad("a password or a hash, not both");
  if (!plan.password.empty()) return check_password(plan.password);
  if (!plan.hash.empty() && !hasher_.can_verify(plan.hash)) {
    return bad("the password hash is of no kind that is known, or too dear");
  }
  return {};
}

Result<> Provisioning::hash(const Order& order, const std::vector<Plan>& plans,
                            std::vector<NewUser>& users) {
  const bool unknown = order.password.empty();
  const auto common = unknown ? base64url_encode(random_.bytes(32)) : order.password;
  if (const auto good = check_password(common); !good) return good;
  std::string shared;
  for (std::size_t i = 0; i < users.size(); ++i) {
    auto& user = users[i];
    if (!user.password_hash.empty()) continue;
    const auto& own = plans[i].password;
    if (own.empty() && !shared.empty()) {
      user.password_hash = shared;
      continue;
    }
    auto made = hasher_.hash(own.empty() ? common : own);
    if (!made) return made.error();
    user.password_hash = *made;
    // That hashes of a password nobody knows are equal tells nobody anything.
    if (own.empty() && (order.hash_once || unknown)) shared = std::move(*made);
  }
  return {};
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/fake_account_store.hpp"
#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

struct ProvisioningTest : testing::Test {
  FakeClock clock;
  FakeRandom random;
  FakeAccountStore store;
  FakeTokenIssuer tokens;
  FakeHasher hasher;
  RecordedAuditTrail audit;
  SessionService sessions{store, tokens, audit, random, clock, lives()};
  Provisioning provisioning{store, sessions, hasher, audit, random};

  static TokenLives lives() {
    TokenLives lives;
    lives.provisioned = std::chrono::hours(2);
    return lives;
  }
  ErrorCode refusal(const Provisioning::Order& order) {
    return provisioning.provision(order).error().code;
  }
};

TEST_F(ProvisioningTest, GivesEachAccountASessionOfItsOwnInTheOrderAskedFor) {
  const auto done = provisioning.provision({{"bob", "Ada"}, "password1", true, {}});
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(done->expires_in, std::chrono::hours(2));
  ASSERT_EQ(done->accounts.size(), 2U);
  EXPECT_EQ(done->accounts[0].user.username, "bob");
  EXPECT_EQ(done->accounts[1].user.name, "Ada");
  EXPECT_TRUE(done->accounts[0].access_token.starts_with("bob/"));
  EXPECT_NE(done->accounts[0].access_token.substr(4), done->accounts[1].access_token.substr(4));
  EXPECT_EQ(audit.events, std::vector<std::string>{"provisioned 2+0"});
}

TEST_F(ProvisioningTest, LeavesTheAccountsItFindsAsTheyAre) {
  ASSERT_TRUE(provisioning.provision({{"Ada"}, "password1", true, {}}));
  const auto again = provisioning.provision({{"ada", "bob"}, "password2", true, {}});
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->accounts[0].made);
  EXPECT_EQ(again->accounts[0].user.username, "Ada");
  EXPECT_TRUE(again->accounts[1].made);
  EXPECT_EQ((*store.find_credentials("ada"))->password_hash, "1:password1");
  EXPECT_EQ(audit.events.back(), "provisioned 1+1");
}

TEST_F(ProvisioningTest, HashesAKnownPasswordForEachUnlessToldToDoItOnce) {
  ASSERT_TRUE(provisioning.provision({{"a", "b", "c"}, "password1", false, {}}));
  EXPECT_EQ(hasher.hashed, 3);
  ASSERT_TRUE(provisioning.provision({{"d", "e", "f"}, "password1", true, {}}));
  EXPECT_EQ(hasher.hashed, 4);
  ASSERT_TRUE(provisioning.provision({{"g", "h", "i"}, "", false, {}}));
  EXPECT_EQ(hasher.hashed, 5);
}

TEST_F(ProvisioningTest, MakesAccountsWithNamesAndPasswordsOfTheirOwn) {
  Provisioning::Order order{{"ada"}, "password1", true, {}};
  order.accounts = {{"bob", "Bob B.", {}, {}},
                    {"carol", "", "password2", {}},
                    {"dora", "Dora", {}, "old:password3"}};
  const auto done = provisioning.provision(order);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(done->accounts.size(), 4U);
  EXPECT_EQ(done->accounts[1].user.name, "Bob B.");
  EXPECT_EQ(done->accounts[2].user.name, "carol");
  EXPECT_EQ((*store.find_credentials("bob"))->password_hash, "1:password1");
  EXPECT_EQ((*store.find_credentials("carol"))->password_hash, "1:password2");
  EXPECT_EQ((*store.find_credentials("dora"))->password_hash, "old:password3");
  EXPECT_EQ(hasher.hashed, 2);
}

TEST_F(ProvisioningTest, RefusesAccountsThatNobodyCouldUse) {
  store.failure = Error{ErrorCode::internal, "touched"};
  for (const Provisioning::Plan& plan :
       std::vector<Provisioning::Plan>{{"ada", " ", {}, {}},
                                       {"ada", {}, "short", {}},
                                       {"ada", {}, {}, "no hash"},
                                       {"ada", {}, "password1", "old:password1"}}) {
    Provisioning::Order order;
    order.accounts = {plan};
    const auto refused = provisioning.provision(order);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().message.find("ada"), std::string::npos) << refused.error().message;
  }
  EXPECT_EQ(hasher.hashed, 0);
}

TEST_F(ProvisioningTest, GivesTokensNoLongerALifeThanIsAllowed) {
  using std::chrono::hours;
  EXPECT_EQ(provisioning.provision({{"a"}, "", true, hours(1)})->expires_in, hours(1));
  EXPECT_EQ(provisioning.provision({{"a"}, "", true, hours(9)})->expires_in, hours(2));
}

TEST_F(ProvisioningTest, RefusesBadOrdersBeforeTouchingTheStore) {
  store.failure = Error{ErrorCode::internal, "touched"};
  EXPECT_EQ(refusal({{}, "", true, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({{"a b"}, "", true, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({{"ada", "ADA"}, "", true, {}}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({{"ada"}, "1234567", true, {}}), ErrorCode::invalid_argument);
  std::vector<std::string> many;
  for (int i = 0; i < 1001; ++i) many.push_back("u" + std::to_string(i));
  EXPECT_EQ(refusal({many, "", true, {}}), ErrorCode::invalid_argument);
  EXPECT_TRUE(audit.events.empty());
}

}  // namespace
}  // namespace confab::auth
#endif
