#include "auth/domain/account_service.hpp"

#include "auth/domain/profile.hpp"
#include "common/base/uuid.hpp"

namespace confab::auth {
namespace {

Error taken() { return {ErrorCode::username_taken, "the username is taken"}; }

Error refused() { return {ErrorCode::invalid_credentials, "unknown username or wrong password"}; }

}  // namespace

Result<SessionGrant> AccountService::add_user(const Registration& registration) {
  auto grant = create(registration);
  audit_.registered(grant ? Result<std::int64_t>(grant->user.id) : grant.error());
  return grant;
}

Result<SessionGrant> AccountService::create(const Registration& registration) {
  const auto& name = registration.name.empty() ? registration.username : registration.name;
  if (const auto good = check_username(registration.username); !good) return good.error();
  if (const auto good = check_name(name); !good) return good.error();
  if (const auto good = check_password(registration.password); !good) return good.error();
  const auto key = username_key(registration.username);
  // The store checks again; this spares the hashing.
  const auto present = store_.find_credentials(key);
  if (!present) return present.error();
  if (*present) return taken();
  auto hash = hasher_.hash(registration.password);
  if (!hash) return hash.error();
  const auto draft = sessions_.draft();
  auto user = store_.create(
      {Uuid::make(random_).text(), registration.username, key, name, std::move(*hash)},
      draft.session);
  if (!user) return user.error();
  return sessions_.grant(std::move(*user), draft);
}

Result<SessionGrant> AccountService::login(std::string_view username, std::string_view password) {
  // What cannot be a username has the empty key, so that garbage is neither looked up nor kept.
  const auto key = check_username(username) ? username_key(username) : std::string();
  if (const auto wait = throttle_.wait(key); wait.count() > 0) {
    const Error error{ErrorCode::login_rate_limited, "too many failed logins of this username",
                      wait};
    audit_.login(0, error);
    return error;
  }
  Attempt made;
  auto grant = attempt(key, password, made);
  // Another login may have raised the cost of the same password's hash.
  for (int i = 1; i < kMaxAttempts && made.overtaken; ++i) grant = attempt(key, password, made);
  audit_.login(made.user_id, grant ? std::nullopt : std::optional(grant.error()));
  return grant;
}

Result<SessionGrant> AccountService::attempt(const std::string& key, std::string_view password,
                                             Attempt& made) {
  made = {};
  const auto credentials = find(key);
  if (!credentials) return credentials.error();
  if (*credentials) made.user_id = (*credentials)->user.id;
  const auto verified = verify(*credentials, password);
  if (!verified) return verified.error();
  if (!*verified) {
    throttle_.failed(key);
    return refused();
  }
  auto grant = open_session(**credentials, password);
  made.overtaken = !grant && grant.error().code == ErrorCode::invalid_credentials;
  if (made.overtaken) return refused();
  if (grant) throttle_.succeeded(key);
  return grant;
}

Result<std::optional<Credentials>> AccountService::find(const std::string& key) {
  if (key.empty()) return std::optional<Credentials>();
  return store_.find_credentials(key);
}

Result<bool> AccountService::verify(const std::optional<Credentials>& credentials,
                                    std::string_view password) {
  const bool possible = credentials && check_password(password);
  // A refusal takes the same time whether or not there is such a user.
  const auto verified = hasher_.verify(possible ? credentials->password_hash : hasher_.decoy(),
                                       password.substr(0, kMaxPasswordBytes));
  if (!verified) return verified;
  return possible && *verified;
}

Result<SessionGrant> AccountService::open_session(const Credentials& credentials,
                                                  std::string_view password) {
  const auto draft = sessions_.draft();
  const auto opened =
      store_.open_session(credentials.user.id, credentials.password_hash, draft.session);
  if (!opened) return opened.error();
  // Not before, so that the hash in force is the one that was verified.
  if (hasher_.needs_rehash(credentials.password_hash)) update_hash(credentials, password);
  return sessions_.grant(credentials.user, draft);
}

void AccountService::update_hash(const Credentials& credentials, std::string_view password) {
  const auto hash = hasher_.hash(password);
  const auto done =
      hash ? store_.replace_password_hash(credentials.user.id, credentials.password_hash, *hash)
           : Result<>(hash.error());
  audit_.rehashed(credentials.user.id, done);
}

Result<std::vector<User>> AccountService::lookup(const std::vector<std::string>& usernames,
                                                 const std::vector<std::int64_t>& ids) {
  if (usernames.size() > kMaxLookups || ids.size() > kMaxLookups) {
    return Error{ErrorCode::invalid_argument, "at most " + std::to_string(kMaxLookups) +
                                                  " usernames and as many ids can be looked up"};
  }
  std::vector<std::string> keys;
  for (const auto& username : usernames) {
    if (check_username(username)) keys.push_back(username_key(username));
  }
  if (keys.empty() && ids.empty()) return std::vector<User>();
  return store_.lookup(keys, ids);
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/fake_account_store.hpp"
#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

struct AccountServiceTest : testing::Test {
  FakeClock clock;
  FakeRandom random;
  FakeAccountStore store;
  FakeTokenIssuer tokens;
  FakeHasher hasher;
  RecordedAuditTrail audit;
  SessionService sessions{store, tokens, audit, random, clock, TokenLives{}};
  LoginThrottle throttle{LoginLimit{}, clock};
  AccountService accounts{store, sessions, hasher, throttle, audit, random};

  void SetUp() override { ASSERT_TRUE(accounts.add_user({"Ada", "password1", "Ada L"})); }

  ErrorCode refusal(const AccountService::Registration& registration) {
    return accounts.add_user(registration).error().code;
  }
  ErrorCode refusal(const std::string& username, const std::string& password) {
    return accounts.login(username, password).error().code;
  }
};

TEST_F(AccountServiceTest, NamesAUserAfterTheUsernameUnlessToldOtherwise) {
  EXPECT_EQ(accounts.add_user({"bob", "password1", ""})->user.name, "bob");
  EXPECT_EQ(accounts.login("ada", "password1")->user.name, "Ada L");
}

TEST_F(AccountServiceTest, RefusesAUsernameThatDiffersInCaseOnly) {
  EXPECT_EQ(refusal({"aDA", "password2", ""}), ErrorCode::username_taken);
  EXPECT_EQ(audit.events.back(), "registered username_taken");
}

TEST_F(AccountServiceTest, RefusesBadProfilesBeforeTouchingTheStore) {
  store.failure = Error{ErrorCode::internal, "touched"};
  EXPECT_EQ(refusal({"a b", "password1", ""}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({"bob", "1234567", ""}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({"bob", "password1", " "}), ErrorCode::invalid_argument);
}

TEST_F(AccountServiceTest, LogsInWithEitherCaseOfTheUsername) {
  const auto grant = accounts.login("ADA", "password1");
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->user.username, "Ada");
  EXPECT_TRUE(sessions.refresh(grant->refresh_token));
}

TEST_F(AccountServiceTest, DoesTheSameWorkForAnUnknownUserAsForAWrongPassword) {
  EXPECT_EQ(refusal("ada", "password2"), ErrorCode::invalid_credentials);
  EXPECT_EQ(refusal("eve", "password1"), ErrorCode::invalid_credentials);
  EXPECT_EQ(refusal("no such", "password1"), ErrorCode::invalid_credentials);
  EXPECT_EQ(refusal("ada", ""), ErrorCode::invalid_credentials);
  EXPECT_EQ(hasher.verified, (std::vector<std::string>{"1:password1", "decoy", "decoy", "decoy"}));
}

TEST_F(AccountServiceTest, NobodyLogsInWithTheDecoy) {
  EXPECT_EQ(refusal("eve", hasher.decoy()), ErrorCode::invalid_credentials);
  EXPECT_EQ(refusal("ada", hasher.decoy()), ErrorCode::invalid_credentials);
}

TEST_F(AccountServiceTest, RefusesEvenTheRightPasswordAfterTooManyWrongOnes) {
  for (int i = 0; i < LoginLimit{}.failures; ++i) refusal("ada", "password2");
  const auto refused = accounts.login("ADA", "password1");
  EXPECT_EQ(refused.error().code, ErrorCode::login_rate_limited);
  EXPECT_EQ(refused.error().retry_after, LoginLimit{}.window);
  clock.advance(LoginLimit{}.window);
  EXPECT_TRUE(accounts.login("ada", "password1"));
}

TEST_F(AccountServiceTest, ThrottlesGarbageAsOneUsername) {
  for (int i = 0; i < LoginLimit{}.failures; ++i) {
    EXPECT_EQ(refusal(std::string(100, static_cast<char>('a' + i)), "password1"),
              ErrorCode::invalid_credentials);
  }
  EXPECT_EQ(refusal("no such", "password1"), ErrorCode::login_rate_limited);
  EXPECT_TRUE(accounts.login("ada", "password1"));
}

TEST_F(AccountServiceTest, AnOutageIsNoFailedLogin) {
  store.failure = Error{ErrorCode::unavailable, "away"};
  for (int i = 0; i < 20; ++i) EXPECT_EQ(refusal("ada", "password1"), ErrorCode::unavailable);
  store.failure.reset();
  EXPECT_TRUE(accounts.login("ada", "password1"));
}

TEST_F(AccountServiceTest, RaisesAnOldHashToThePresentCost) {
  hasher.cost = "2";
  ASSERT_TRUE(accounts.login("ada", "password1"));
  EXPECT_EQ((*store.find_credentials("ada"))->password_hash, "2:password1");
  EXPECT_EQ(audit.events, (std::vector<std::string>{"registered 1", "rehashed 1", "login 1"}));
}

TEST_F(AccountServiceTest, ALoginOvertakenByAChangeOfThePasswordIsRefused) {
  const auto ada = store.find_credentials("ada").value()->user;
  hasher.meanwhile = [&] {
    ASSERT_TRUE(store.change_password(ada.id, "1:password1", "1:password2", "").value());
  };
  EXPECT_EQ(refusal("ada", "password1"), ErrorCode::invalid_credentials);
  EXPECT_TRUE(store.sessions_of(ada.id, clock.now(), 10)->empty());
  EXPECT_EQ(audit.events.back(), "login 1 invalid_credentials");
  EXPECT_TRUE(accounts.login("ada", "password2"));
}

TEST_F(AccountServiceTest, ALoginOvertakenByTheEndOfTheAccountIsRefused) {
  const auto ada = store.find_credentials("ada").value()->user;
  hasher.meanwhile = [&] { ASSERT_TRUE(store.erase({ada.id, ada.uuid, "deleted 1", "Ghost"})); };
  EXPECT_EQ(refusal("ada", "password1"), ErrorCode::invalid_credentials);
  EXPECT_TRUE(store.sessions_of(ada.id, clock.now(), 10)->empty());
}

TEST_F(AccountServiceTest, ALoginOvertakenByOneThatRaisedTheCostOfTheHashSucceeds) {
  hasher.cost = "2";
  hasher.meanwhile = [&] { ASSERT_TRUE(accounts.login("ada", "password1")); };
  EXPECT_TRUE(accounts.login("ada", "password1"));
  EXPECT_EQ((*store.find_credentials("ada"))->password_hash, "2:password1");
}

TEST_F(AccountServiceTest, LooksUpAtMostAThousand) {
  EXPECT_EQ(accounts.lookup({"ADA", "nobody", "no such"}, {1, 99})->size(), 1U);
  EXPECT_TRUE(accounts.lookup({}, {})->empty());
  EXPECT_TRUE(accounts.lookup(std::vector<std::string>(1000, "ada"), {}));
  EXPECT_EQ(accounts.lookup(std::vector<std::string>(1001, "ada"), {}).error().code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(accounts.lookup({}, std::vector<std::int64_t>(1001, 1)).error().code,
            ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace confab::auth
#endif
