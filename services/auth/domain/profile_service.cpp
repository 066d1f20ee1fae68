#include "auth/domain/profile_service.hpp"

#include <charconv>

#include "auth/domain/profile.hpp"
#include "common/base/uuid.hpp"

namespace confab::auth {
namespace {

Error nobody() { return {ErrorCode::user_not_found, "there is no such user"}; }

std::optional<std::int64_t> to_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool whole = error == std::errc() && stop == text.data() + text.size();
  return whole && id > 0 ? std::optional(id) : std::nullopt;
}

/// With a space, as no username has one: nobody else can have it, and it is found by nothing.
User ghost_of(const User& user) {
  return {user.id, user.uuid, "deleted " + std::to_string(user.id), ProfileService::kGhostName};
}

}  // namespace

Result<User> ProfileService::find(std::string_view handle) {
  UserHandle wanted;
  const auto uuid = Uuid::parse(handle);
  if (uuid) wanted.uuid = uuid->text();
  if (check_username(handle)) wanted.username_key = username_key(handle);
  wanted.id = to_id(handle);
  if (wanted.username_key.empty() && wanted.uuid.empty()) return nobody();
  const auto found = store_.find(wanted);
  if (!found) return found.error();
  if (!*found) return nobody();
  return **found;
}

Result<std::vector<User>> ProfileService::search(std::string_view prefix, std::size_t limit) {
  if (limit == 0 || limit > kMaxFound) {
    return Error{ErrorCode::invalid_argument,
                 "\"limit\" must be 1 to " + std::to_string(kMaxFound)};
  }
  // A prefix of a name is itself a good name, but for its length.
  if (const auto good = check_name(prefix); !good) return good.error();
  return store_.search(username_key(prefix), std::string(prefix), limit);
}

Result<Renamed> ProfileService::rename(std::int64_t user_id, const std::string& name) {
  if (const auto good = check_name(name); !good) return good.error();
  auto renamed = store_.rename(user_id, name);
  if (renamed) audit_.renamed(user_id);
  return renamed;
}

/// The account, if the password is its. Failures count as those of logins do, but apart from them:
/// who has got hold of a session shall not be able to lock its user out.
Result<Credentials> ProfileService::proven(std::int64_t user_id, std::string_view password) {
  const auto key = "password of " + std::to_string(user_id);  // No username has a space.
  if (const auto wait = throttle_.wait(key); wait.count() > 0) {
    return Error{ErrorCode::login_rate_limited, "too many wrong passwords", wait};
  }
  auto credentials = store_.credentials_of(user_id);
  if (!credentials) return credentials;
  const auto verified = check_password(password)
                            ? hasher_.verify(credentials->password_hash, password)
                            : Result<bool>(false);
  if (!verified) return verified.error();
  if (!*verified) {
    throttle_.failed(key);
    return Error{ErrorCode::invalid_credentials, "the password is wrong"};
  }
  throttle_.succeeded(key);
  return credentials;
}

Result<std::vector<std::string>> ProfileService::change_password(std::int64_t user_id,
                                                                 const std::string& session_id,
                                                                 std::string_view old_password,
                                                                 std::string_view new_password) {
  auto ended = replace_password(user_id, session_id, old_password, new_password);
  audit_.password_changed(user_id, ended ? std::nullopt : std::optional(ended.error()),
                          ended ? ended->size() : 0);
  return ended;
}

Result<std::vector<std::string>> ProfileService::replace_password(std::int64_t user_id,
                                                                  const std::string& session_id,
                                                                  std::string_view old_password,
                                                                  std::string_view new_password) {
  if (const auto good = check_password(new_password); !good) return good.error();
  const auto credentials = proven(user_id, old_password);
  if (!credentials) return credentials.error();
  const auto hash = hasher_.hash(new_password);
  if (!hash) return hash.error();
  auto ended = store_.change_password(user_id, credentials->password_hash, *hash, session_id);
  if (!ended) return ended.error();
  if (!*ended) {
    return Error{ErrorCode::unavailable, "the password was changed at the same moment; try again"};
  }
  return std::move(**ended);
}

Result<User> ProfileService::ghost(std::int64_t user_id, std::string_view password) {
  const auto credentials = proven(user_id, password);
  if (!credentials) return credentials.error();
  return ghost_of(credentials->user);
}

Result<std::vector<std::string>> ProfileService::erase(std::int64_t user_id,
                                                       std::string_view password) {
  const auto credentials = proven(user_id, password);
  if (!credentials) return credentials.error();
  auto ended = store_.erase(ghost_of(credentials->user));
  if (ended) audit_.erased(user_id, ended->size());
  return ended;
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "auth/domain/account_service.hpp"
#include "auth/domain/fake_account_store.hpp"
#include "auth/domain/fakes.hpp"

namespace confab::auth {
namespace {

struct ProfileServiceTest : testing::Test {
  FakeClock clock;
  FakeRandom random;
  FakeAccountStore store;
  FakeTokenIssuer tokens;
  FakeHasher hasher;
  RecordedAuditTrail audit;
  SessionService sessions{store, tokens, audit, random, clock, TokenLives{}};
  LoginThrottle throttle{LoginLimit{}, clock};
  AccountService accounts{store, sessions, hasher, throttle, audit, random};
  ProfileService profiles{store, hasher, throttle, audit};
  SessionGrant ada = accounts.add_user({"Ada", "password1", "Ada Lovelace"}).value();
  SessionGrant eve = accounts.add_user({"eve", "password1", "Adamantine"}).value();

  template <typename T>
  static ErrorCode code(const Result<T>& result) {
    return result ? ErrorCode::internal : result.error().code;
  }
};

TEST_F(ProfileServiceTest, FindsAUserByUsernameIdAndUuid) {
  for (const auto& handle : {std::string("ADA"), std::to_string(ada.user.id), ada.user.uuid}) {
    EXPECT_EQ(profiles.find(handle)->username, "Ada") << handle;
  }
  ASSERT_TRUE(accounts.add_user({"1", "password1", ""}));
  EXPECT_EQ(profiles.find("1")->username, "1") << "a username counts before an id";
  for (const auto* handle : {"", "zoe", "-1", "0", "a b", "99999999999999999999"}) {
    EXPECT_EQ(code(profiles.find(handle)), ErrorCode::user_not_found) << handle;
  }
}

TEST_F(ProfileServiceTest, SearchesUsernamesAndNamesWithoutRegardToCase) {
  EXPECT_EQ(profiles.search("ADA", 50)->size(), 2U);
  EXPECT_EQ(profiles.search("ada l", 50)->front().username, "Ada");
  EXPECT_EQ(profiles.search("ada", 1)->size(), 1U);
  EXPECT_TRUE(profiles.search("lovelace", 50)->empty());
  for (const auto* prefix : {"", " ", "\n", "\xff"}) {
    EXPECT_EQ(code(profiles.search(prefix, 50)), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(code(profiles.search("a", 0)), ErrorCode::invalid_argument);
  EXPECT_EQ(code(profiles.search("a", 51)), ErrorCode::invalid_argument);
}

TEST_F(ProfileServiceTest, RenamesAndLooksAtTheNameFirst) {
  EXPECT_EQ(profiles.rename(ada.user.id, "Countess")->user.name, "Countess");
  EXPECT_EQ(accounts.login("ada", "password1")->user.name, "Countess");
  EXPECT_EQ(code(profiles.rename(ada.user.id, " ")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(profiles.rename(99, "Nobody")), ErrorCode::user_not_found);
}

TEST_F(ProfileServiceTest, ChangesThePasswordAndEndsTheOtherSessions) {
  const auto other = accounts.login("ada", "password1");
  const auto ended =
      profiles.change_password(ada.user.id, ada.session_id, "password1", "password2");
  ASSERT_TRUE(ended);
  EXPECT_EQ(*ended, std::vector{other->session_id});
  EXPECT_TRUE(sessions.refresh(ada.refresh_token));
  EXPECT_FALSE(sessions.refresh(other->refresh_token));
  EXPECT_TRUE(sessions.refresh(eve.refresh_token));
  EXPECT_FALSE(accounts.login("ada", "password1"));
  EXPECT_TRUE(accounts.login("ada", "password2"));
}

TEST_F(ProfileServiceTest, ChangesNothingWithoutTheOldPasswordOrWithABadNewOne) {
  EXPECT_EQ(code(profiles.change_password(ada.user.id, "", "password9", "password2")),
            ErrorCode::invalid_credentials);
  EXPECT_EQ(code(profiles.change_password(ada.user.id, "", "password1", "short")),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(profiles.erase(ada.user.id, "password9")), ErrorCode::invalid_credentials);
  EXPECT_TRUE(accounts.login("ada", "password1"));
  EXPECT_TRUE(sessions.refresh(ada.refresh_token));
}

TEST_F(ProfileServiceTest, StopsTheGuessingOfAPasswordAndStillLetsItsUserLogIn) {
  for (int i = 0; i < LoginLimit{}.failures; ++i) {
    EXPECT_EQ(code(profiles.ghost(ada.user.id, "password9")), ErrorCode::invalid_credentials);
  }
  EXPECT_EQ(code(profiles.ghost(ada.user.id, "password1")), ErrorCode::login_rate_limited);
  EXPECT_TRUE(accounts.login("ada", "password1"));
}

TEST_F(ProfileServiceTest, ADeletedAccountIsFoundByNothingAndItsUsernameStaysTaken) {
  EXPECT_EQ(*profiles.erase(ada.user.id, "password1"), std::vector{ada.session_id});
  EXPECT_EQ(code(accounts.login("ada", "password1")), ErrorCode::invalid_credentials);
  EXPECT_EQ(code(accounts.login("ada", "")), ErrorCode::invalid_credentials);
  EXPECT_FALSE(sessions.refresh(ada.refresh_token));
  for (const auto& handle : {std::string("ada"), std::to_string(ada.user.id), ada.user.uuid}) {
    EXPECT_EQ(code(profiles.find(handle)), ErrorCode::user_not_found) << handle;
  }
  EXPECT_TRUE(accounts.lookup({"ada"}, {ada.user.id})->empty());
  EXPECT_EQ(profiles.search("ada", 50)->size(), 1U) << "only eve, by her name";
  EXPECT_EQ(code(accounts.add_user({"ada", "password1", ""})), ErrorCode::username_taken);
  EXPECT_EQ(code(profiles.erase(ada.user.id, "password1")), ErrorCode::user_not_found);
  EXPECT_EQ(audit.events.back(), "registered username_taken");
}

}  // namespace
}  // namespace confab::auth
#endif
