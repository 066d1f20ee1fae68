#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "auth/domain/fakes.hpp"
#include "auth/storage/account_store_contract_test.hpp"

// What every AccountStore promises of profiles, sessions of one user, and repeated rotations.
namespace confab::auth {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class ProfilesContract : public AccountStoreContractTest {
 protected:
  static std::vector<std::string> usernames(const Result<std::vector<User>>& users) {
    std::vector<std::string> out;
    for (const auto& user : users.value()) out.push_back(user.username);
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(Stores, ProfilesContract, both_account_stores(), account_store_name);

TEST_P(ProfilesContract, RepeatsARotationWithItsSeedWithinTheGraceOnly) {
  const auto user = store_->create(new_user("ada"), session_);
  auto lost = session_;
  auto first = next(session_);
  first.seed = random_.bytes(32);
  ASSERT_EQ(store_->rotate(first)->outcome, RotationOutcome::rotated);
  clock_.advance(seconds(5));
  const auto again = store_->rotate(next(lost));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->outcome, RotationOutcome::repeated);
  EXPECT_EQ(again->seed, first.seed);
  EXPECT_EQ(again->user, *user);
  EXPECT_EQ(again->session_id, session_.id);
  clock_.advance(seconds(5));
  lost.rotation_digest = first.rotation_digest;
  EXPECT_EQ(store_->rotate(next(lost))->outcome, RotationOutcome::reused);
}

TEST_P(ProfilesContract, RepeatsNoRotationThatWasFollowedByAnother) {
  ASSERT_TRUE(store_->create(new_user("ada"), session_));
  auto stolen = session_;
  ASSERT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::rotated);
  ASSERT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::rotated);
  EXPECT_EQ(store_->rotate(next(stolen))->outcome, RotationOutcome::reused);
  EXPECT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::unknown);
}

TEST_P(ProfilesContract, ListsRunningSessionsTheLatestUsedFirst) {
  const auto user = store_->create(new_user("ada"), session_);
  clock_.advance(seconds(1));
  const auto second = new_session();
  ASSERT_TRUE(store_->open_session(user->id, "hash", second));
  clock_.advance(seconds(1));
  ASSERT_TRUE(store_->rotate(next(session_)));
  const auto sessions = store_->sessions_of(user->id, clock_.now(), 10);
  ASSERT_EQ(sessions->size(), 2U);
  EXPECT_EQ((*sessions)[0].id, session_.id);
  EXPECT_EQ((*sessions)[0].used_at, clock_.now());
  EXPECT_EQ((*sessions)[0].created_at, session_.created_at);
  EXPECT_EQ((*sessions)[1].used_at, second.created_at);
  EXPECT_EQ(store_->sessions_of(user->id, clock_.now(), 1)->size(), 1U);
  ASSERT_TRUE(store_->revoke(second.id));
  EXPECT_EQ(store_->sessions_of(user->id, clock_.now(), 10)->size(), 1U);
  EXPECT_TRUE(store_->sessions_of(user->id, clock_.now() + hours(2), 10)->empty());
}

TEST_P(ProfilesContract, EndsAllSessionsOfAUserButOne) {
  const auto ada = store_->create(new_user("ada"), session_);
  const auto second = new_session();
  const auto foreign = new_session();
  ASSERT_TRUE(store_->open_session(ada->id, "hash", second));
  ASSERT_TRUE(store_->create(new_user("bob"), foreign));
  EXPECT_EQ(*store_->revoke_all(ada->id, session_.id), std::vector{second.id});
  EXPECT_FALSE(is_revoked(session_));
  EXPECT_TRUE(is_revoked(second));
  EXPECT_EQ(*store_->revoke_all(ada->id, ""), std::vector{session_.id});
  EXPECT_TRUE(store_->revoke_all(ada->id, "")->empty());
  EXPECT_FALSE(is_revoked(foreign));
}

TEST_P(ProfilesContract, FindsByEachHandle) {
  const auto ada = store_->create(new_user("ada"), new_session());
  const auto bob = store_->create(new_user(std::to_string(ada->id)), new_session());
  EXPECT_EQ(**store_->find({"ada", {}, ""}), *ada);
  EXPECT_EQ(**store_->find({"", {}, ada->uuid}), *ada);
  EXPECT_EQ(**store_->find({"", ada->id, ""}), *ada);
  EXPECT_EQ(**store_->find({bob->username, ada->id, ""}), *bob);
  EXPECT_FALSE(*store_->find({"zoe", 404, ""}));
}

TEST_P(ProfilesContract, SearchesByTheBeginningOfUsernameOrName) {
  for (const auto* username : {"bob", "bobby", "b%b", "eve"}) {
    auto user = new_user(username);
    user.name = username == std::string("eve") ? "Bo Peep" : "The " + user.username;
    ASSERT_TRUE(store_->create(user, new_session()));
  }
  EXPECT_EQ(usernames(store_->search("bo", "bo", 10)),
            (std::vector<std::string>{"bob", "bobby", "eve"}));
  EXPECT_EQ(usernames(store_->search("bo", "bo", 2)), (std::vector<std::string>{"bob", "bobby"}));
  EXPECT_EQ(usernames(store_->search("b%", "b%", 10)), std::vector<std::string>{"b%b"});
  EXPECT_EQ(usernames(store_->search("the b", "THE B", 10)),
            (std::vector<std::string>{"b%b", "bob", "bobby"}));
  EXPECT_TRUE(store_->search("_", "_", 10)->empty());
}

TEST_P(ProfilesContract, RenamesThoseWhoExist) {
  const auto ada = store_->create(new_user("ada"), new_session());
  const auto first = store_->rename(ada->id, "Countess");
  EXPECT_EQ(first->user.name, "Countess");
  EXPECT_GT(first->version, 0);
  EXPECT_GT(store_->rename(ada->id, "Countess")->version, first->version);
  EXPECT_EQ((*store_->find_credentials("ada"))->user.name, "Countess");
  EXPECT_EQ(store_->rename(404, "x").error().code, ErrorCode::user_not_found);
}

TEST_P(ProfilesContract, ChangesAPasswordOnceAndEndsTheOtherSessions) {
  const auto ada = store_->create(new_user("ada"), session_);
  const auto second = new_session();
  ASSERT_TRUE(store_->open_session(ada->id, "hash", second));
  EXPECT_FALSE(*store_->change_password(ada->id, "other", "new", session_.id));
  EXPECT_FALSE(is_revoked(second));
  EXPECT_EQ(**store_->change_password(ada->id, "hash", "new", session_.id), std::vector{second.id});
  EXPECT_EQ(store_->credentials_of(ada->id)->password_hash, "new");
  EXPECT_TRUE(is_revoked(second));
  EXPECT_FALSE(is_revoked(session_));
}

TEST_P(ProfilesContract, AnErasedAccountIsFoundByNothingAndKeepsItsUsername) {
  const auto ada = store_->create(new_user("ada"), session_);
  EXPECT_EQ(*store_->erase({ada->id, ada->uuid, "deleted 1", "Deleted user"}),
            std::vector{session_.id});
  EXPECT_TRUE(is_revoked(session_));
  EXPECT_FALSE(*store_->find_credentials("ada"));
  EXPECT_FALSE(*store_->find({"ada", {}, ""}));
  EXPECT_FALSE(*store_->find({"", {}, ada->uuid}));
  EXPECT_TRUE(store_->lookup({"ada"}, {ada->id})->empty());
  EXPECT_TRUE(store_->search("ada", "the ada", 10)->empty());
  EXPECT_TRUE(store_->search("deleted", "deleted", 10)->empty());
  EXPECT_EQ(store_->create(new_user("ada"), new_session()).error().code, ErrorCode::username_taken);
  EXPECT_EQ(store_->credentials_of(ada->id).error().code, ErrorCode::user_not_found);
  EXPECT_EQ(store_->rename(ada->id, "x").error().code, ErrorCode::user_not_found);
  EXPECT_EQ(store_->erase(*ada).error().code, ErrorCode::user_not_found);
}

}  // namespace
}  // namespace confab::auth
