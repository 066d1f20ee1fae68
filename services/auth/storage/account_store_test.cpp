#include <gtest/gtest.h>

#include <algorithm>
#include <future>

#include "auth/storage/account_store_contract_test.hpp"

// What every AccountStore promises, tried on the fake and on PostgreSQL.
namespace confab::auth {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class AccountStoreTest : public AccountStoreContractTest {};
INSTANTIATE_TEST_SUITE_P(Stores, AccountStoreTest, both_account_stores(), account_store_name);

TEST_P(AccountStoreTest, FindsWhatItKept) {
  const auto user = new_user("ada");
  const auto kept = store_->create(user, session_);
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_GT(kept->id, 0);
  const auto found = store_->find_credentials("ada");
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->user, (User{kept->id, user.uuid, "ada", "The ada"}));
  EXPECT_EQ((*found)->password_hash, "hash");
  EXPECT_FALSE(*store_->find_credentials("bob"));
}

TEST_P(AccountStoreTest, ProvisionsWhomItDoesNotKnowAndFindsTheOthers) {
  ASSERT_TRUE(store_->create(new_user("bob"), new_session()));
  const std::vector users{new_user("eve"), new_user("bob"), new_user("ada")};
  std::vector sessions{new_session(), new_session(), new_session()};
  const auto kept = store_->provision(users, sessions);
  ASSERT_TRUE(kept) << kept.error().message;
  ASSERT_EQ(kept->size(), 3U);
  for (std::size_t i = 0; i < users.size(); ++i) {
    EXPECT_EQ((*kept)[i].made, users[i].username != "bob");
    EXPECT_EQ((*kept)[i].user.username, users[i].username);
    EXPECT_EQ((*kept)[i].user, (*store_->find_credentials(users[i].username_key))->user);
    const auto rotated = store_->rotate(next(sessions[i]));
    EXPECT_EQ(rotated->session_id, sessions[i].id);
    EXPECT_EQ(rotated->user, (*kept)[i].user);
  }
  EXPECT_NE((*kept)[1].user.uuid, users[1].uuid);
}

TEST_P(AccountStoreTest, ProvisionsTheSameNamesFromManyAtOnce) {
  std::vector<std::future<Result<std::vector<KeptUser>>>> answers;
  for (int i = 0; i < 4; ++i) {
    std::vector users{new_user("ada"), new_user("bob"), new_user("eve")};
    if (i % 2 == 1) std::reverse(users.begin(), users.end());
    const std::vector sessions{new_session(), new_session(), new_session()};
    answers.push_back(std::async(std::launch::async, [this, users, sessions] {
      return store_->provision(users, sessions);
    }));
  }
  int made = 0;
  for (auto& answer : answers) {
    const auto kept = answer.get();
    ASSERT_TRUE(kept) << kept.error().message;
    for (const auto& one : *kept) made += one.made ? 1 : 0;
  }
  EXPECT_EQ(made, 3);
}

TEST_P(AccountStoreTest, KeepsAUsernameOnceAndNoSessionOfTheRefused) {
  ASSERT_TRUE(store_->create(new_user("ada"), new_session()));
  EXPECT_EQ(store_->create(new_user("ada"), session_).error().code, ErrorCode::username_taken);
  EXPECT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::unknown);
}

TEST_P(AccountStoreTest, ReplacesAHashOnlyIfItIsTheOneRead) {
  const auto id = store_->create(new_user("ada"), session_)->id;
  ASSERT_TRUE(store_->replace_password_hash(id, "hash", "second"));
  ASSERT_TRUE(store_->replace_password_hash(id, "hash", "third"));
  EXPECT_EQ((*store_->find_credentials("ada"))->password_hash, "second");
}

TEST_P(AccountStoreTest, LooksUpEachUserOnce) {
  const auto ada = store_->create(new_user("ada"), new_session())->id;
  const auto odd = store_->create(new_user("\"\\{},🦊"), new_session())->id;
  ASSERT_TRUE(store_->create(new_user("eve"), new_session()));
  const auto users = store_->lookup({"ada", "\"\\{},🦊", "nobody"}, {ada, ada, odd + 1000});
  ASSERT_TRUE(users) << users.error().message;
  std::vector<std::int64_t> ids;
  for (const auto& user : *users) ids.push_back(user.id);
  std::sort(ids.begin(), ids.end());
  EXPECT_EQ(ids, (std::vector{ada, odd}));
  EXPECT_TRUE(store_->lookup({}, {})->empty());
}

TEST_P(AccountStoreTest, OpensASessionOnlyForTheHashInForce) {
  const auto refusal = [this](std::int64_t user_id, const std::string& hash) {
    return store_->open_session(user_id, hash, session_).error().code;
  };
  EXPECT_EQ(refusal(404, "hash"), ErrorCode::invalid_credentials);
  const auto ada = store_->create(new_user("ada"), new_session());
  EXPECT_EQ(refusal(ada->id, "other"), ErrorCode::invalid_credentials);
  EXPECT_EQ(store_->sessions_of(ada->id, clock_.now(), 10)->size(), 1U);
  EXPECT_TRUE(store_->open_session(ada->id, "hash", session_));
  ASSERT_TRUE(store_->erase({ada->id, ada->uuid, "deleted 1", "Deleted user"}));
  EXPECT_EQ(refusal(ada->id, "hash"), ErrorCode::invalid_credentials);
  EXPECT_EQ(refusal(ada->id, ""), ErrorCode::invalid_credentials);
}

TEST_P(AccountStoreTest, ProvisionsNoSessionOfAnErasedAccount) {
  const auto ada = store_->create(new_user("ada"), new_session());
  ASSERT_TRUE(store_->erase({ada->id, ada->uuid, "deleted 1", "Deleted user"}));
  const std::vector users{new_user("bob"), new_user("ada")};
  const std::vector sessions{new_session(), new_session()};
  EXPECT_EQ(store_->provision(users, sessions).error().code, ErrorCode::username_taken);
  EXPECT_TRUE(store_->sessions_of(ada->id, clock_.now(), 10)->empty());
  EXPECT_FALSE(*store_->find_credentials("bob"));
}

TEST_P(AccountStoreTest, RotatesAndAnswersWithTheUser) {
  const auto user = store_->create(new_user("ada"), session_);
  for (int i = 0; i < 3; ++i) {
    const auto rotated = store_->rotate(next(session_));
    ASSERT_TRUE(rotated) << rotated.error().message;
    EXPECT_EQ(rotated->outcome, RotationOutcome::rotated);
    EXPECT_EQ(rotated->session_id, session_.id);
    EXPECT_EQ(rotated->user, *user);
  }
}

TEST_P(AccountStoreTest, EndsTheSessionOfATokenUsedTwice) {
  const auto user = store_->create(new_user("ada"), session_);
  auto stolen = session_;
  ASSERT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::rotated);
  clock_.advance(seconds(10));
  const auto reused = store_->rotate(next(stolen));
  EXPECT_EQ(reused->outcome, RotationOutcome::reused);
  EXPECT_EQ(reused->session_id, session_.id);
  EXPECT_EQ(reused->user.id, user->id);
  EXPECT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::unknown);
  EXPECT_TRUE(is_revoked(session_));
}

TEST_P(AccountStoreTest, LetsOneOfManyAtOnceRotateAndTheOthersRepeatIt) {
  ASSERT_TRUE(store_->create(new_user("ada"), session_));
  std::vector<std::future<Result<RotatedSession>>> answers;
  for (int i = 0; i < 4; ++i) {
    auto same = session_;
    answers.push_back(
        std::async(std::launch::async, [this, step = next(same)] { return store_->rotate(step); }));
  }
  const auto winners = std::count_if(answers.begin(), answers.end(), [](auto& answer) {
    const auto rotated = answer.get();
    return rotated && rotated->outcome == RotationOutcome::rotated;
  });
  EXPECT_EQ(winners, 1);
}

TEST_P(AccountStoreTest, RotatesNothingThatExpired) {
  ASSERT_TRUE(store_->create(new_user("ada"), session_));
  clock_.advance(hours(1));
  EXPECT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::unknown);
}

TEST_P(AccountStoreTest, RevokesOnce) {
  ASSERT_TRUE(store_->create(new_user("ada"), session_));
  EXPECT_FALSE(is_revoked(session_));
  EXPECT_TRUE(*store_->revoke(session_.id));
  EXPECT_FALSE(*store_->revoke(session_.id));
  EXPECT_FALSE(*store_->revoke(new_session().id));
  EXPECT_TRUE(is_revoked(session_));
  EXPECT_EQ(store_->rotate(next(session_))->outcome, RotationOutcome::unknown);
}

TEST_P(AccountStoreTest, ListsWhatWasRevokedShortlyBeforeTheCursorAgain) {
  const auto user = store_->create(new_user("ada"), session_);
  ASSERT_TRUE(*store_->revoke(session_.id));
  const auto first = store_->revocations(0, hours(1));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_TRUE(is_revoked(session_, first->cursor));
  auto second = new_session();
  ASSERT_TRUE(store_->open_session(user->id, "hash", second));
  ASSERT_TRUE(*store_->revoke(second.id));
  EXPECT_TRUE(is_revoked(second, first->cursor));
  EXPECT_GT(store_->revocations(first->cursor, hours(1))->cursor, first->cursor);
}

TEST_P(AccountStoreTest, ListsNothingFromBeforeWindowAndCursor) {
  ASSERT_TRUE(store_->create(new_user("ada"), session_));
  ASSERT_TRUE(*store_->revoke(session_.id));
  EXPECT_TRUE(store_->revocations(0, seconds(0))->session_ids.empty());
}

TEST_P(AccountStoreTest, ACursorFromTheFutureHidesNothing) {
  ASSERT_TRUE(store_->create(new_user("ada"), session_));
  const auto ahead = store_->revocations(0, hours(1))->cursor + 3'600'000'000;
  ASSERT_TRUE(*store_->revoke(session_.id));
  EXPECT_TRUE(is_revoked(session_, ahead));
}

TEST_P(AccountStoreTest, PurgesTheExpiredOnly) {
  const auto user = store_->create(new_user("ada"), session_);
  clock_.advance(seconds(1));
  auto later = new_session();
  ASSERT_TRUE(store_->open_session(user->id, "hash", later));
  EXPECT_EQ(*store_->purge_sessions(later.expires_at), 1);
  EXPECT_EQ(*store_->purge_sessions(later.expires_at), 0);
  EXPECT_EQ(store_->rotate(next(later))->outcome, RotationOutcome::rotated);
}

}  // namespace
}  // namespace confab::auth
