#include "gateway/domain/people.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_profiles.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

using Calls = std::vector<std::string>;

struct PeopleTest : ::testing::Test {
  TestLoop loop;
  FakeAccounts accounts;
  FakeGatekeeper gate;
  PeopleOnFakes fakes{accounts, gate};
  People& people = fakes.people;
  Identity ann{user(1, "ann"), "session-ann", {}, {}};
  const Error away{ErrorCode::unavailable, "away"};

  PeopleTest() { accounts.users = {user(2, "bob")}; }

  template <typename T>
  T finish(Task<T> task) {
    return loop.finish(std::move(task));
  }
};

TEST_F(PeopleTest, SayWhoOneIsEvenWithoutTheAuthService) {
  fakes.profiles.users = {{1, "uuid-ann", "ann", "Countess"}};
  EXPECT_EQ(finish(people.me(ann.user)).name, "Countess");
  fakes.profiles.error = away;
  EXPECT_EQ(finish(people.me(ann.user)).name, "Name of ann");
  EXPECT_EQ(fakes.profiles.calls.front(), "find uuid-ann");
}

TEST_F(PeopleTest, TellTheMessageStoreOfANewName) {
  EXPECT_EQ(finish(people.rename(ann.user, "Countess"))->name, "Countess");
  EXPECT_EQ(fakes.people_store.calls, Calls{"save username Countess 1"});
  fakes.people_store.error = away;
  EXPECT_EQ(finish(people.rename(ann.user, "Lady")).error().code, ErrorCode::unavailable);
  fakes.profiles.error = Error{ErrorCode::invalid_argument, "bad"};
  EXPECT_FALSE(finish(people.rename(ann.user, "")));
  EXPECT_EQ(fakes.people_store.calls.size(), 2U);
}

TEST_F(PeopleTest, EndOtherSessionsAtOnceWithTheOldPassword) {
  EXPECT_TRUE(finish(people.change_password(ann, "old", "new")));
  EXPECT_EQ(fakes.profiles.calls, Calls{"password 1 session-ann old new"});
  EXPECT_EQ(gate.revoked, (Calls{"session-1", "session-2"}));
  fakes.profiles.error = Error{ErrorCode::invalid_credentials, "wrong"};
  EXPECT_FALSE(finish(people.change_password(ann, "old", "new")));
  EXPECT_EQ(gate.revoked.size(), 2U);
}

TEST_F(PeopleTest, DeleteTheAccountOnlyWhenTheMessageStoreKnows) {
  fakes.people_store.error = away;
  EXPECT_EQ(finish(people.delete_account(ann, "pw", true)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(fakes.profiles.calls, Calls{"check 1 pw"});
  EXPECT_TRUE(gate.revoked.empty());
  fakes.people_store.error.reset();
  EXPECT_TRUE(finish(people.delete_account(ann, "pw", true)));
  EXPECT_EQ(fakes.people_store.calls.back(), "forget deleted redact");
  EXPECT_EQ(fakes.profiles.calls.back(), "erase 1 pw");
  EXPECT_EQ(gate.revoked.size(), 2U);
  fakes.profiles.error = Error{ErrorCode::invalid_credentials, "wrong"};
  EXPECT_FALSE(finish(people.delete_account(ann, "no", false)));
  EXPECT_EQ(fakes.people_store.calls.size(), 2U) << "nothing without the password";
}

TEST_F(PeopleTest, LogOutEverywhere) {
  EXPECT_TRUE(finish(people.log_out_all(ann)));
  EXPECT_EQ(gate.revoked, (Calls{"session-1", "session-2"}));
}

TEST_F(PeopleTest, BlockByUsernameAndListInTheStoresOrder) {
  EXPECT_TRUE(finish(people.block(ann.user, "bob")));
  EXPECT_TRUE(finish(people.unblock(ann.user, "bob")));
  EXPECT_EQ(fakes.people_store.calls, (Calls{"block 1 2", "unblock 1 2"}));
  accounts.users.clear();
  EXPECT_EQ(finish(people.block(ann.user, "zoe")).error().code, ErrorCode::user_not_found);
  EXPECT_TRUE(finish(people.blocked(ann.user))->empty());
  EXPECT_TRUE(fakes.profiles.calls.empty()) << "nobody to look up";
  fakes.people_store.blocked_ids = {3, 9, 2};
  fakes.profiles.users = {user(2, "bob"), user(3, "eve")};
  const auto blocked = finish(people.blocked(ann.user));
  ASSERT_EQ(blocked->size(), 2U);
  EXPECT_EQ(blocked->front().username, "eve");
}

TEST_F(PeopleTest, SearchAsTheUserAndForTheSenderNamed) {
  Wanted wanted;
  wanted.text = "tea";
  wanted.from = "bob";
  EXPECT_TRUE(finish(people.find_messages(ann.user, wanted)));
  EXPECT_EQ(fakes.people_store.questions.at(0).user_id, 1);
  EXPECT_EQ(fakes.people_store.questions.at(0).sender_id, 2);
  accounts.users.clear();
  EXPECT_EQ(finish(people.find_messages(ann.user, wanted)).error().code, ErrorCode::user_not_found);
  EXPECT_EQ(fakes.people_store.questions.size(), 1U);
}

}  // namespace
}  // namespace confab::gateway
