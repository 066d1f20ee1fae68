#include "message_store/domain/people_service.hpp"

namespace confab::message_store {

Result<> PeopleService::save(const Person& person, std::int64_t version) {
  const auto saved = profiles_.save(person, version);
  if (!saved) return saved.error();
  if (*saved) {
    people_.remember(person);
  } else {
    people_.forget(person.id);
  }
  return {};
}

Result<> PeopleService::block(std::int64_t user_id, std::int64_t blocked_id) {
  if (user_id == blocked_id) {
    return Error{ErrorCode::invalid_argument, "nobody blocks themselves"};
  }
  return blocks_.add(user_id, blocked_id);
}

Result<> PeopleService::unblock(std::int64_t user_id, std::int64_t blocked_id) {
  if (user_id == blocked_id) return {};
  return blocks_.remove(user_id, blocked_id);
}

Result<std::vector<std::int64_t>> PeopleService::blocked_by(std::int64_t user_id) {
  return blocks_.blocked_by(user_id);
}

Result<> PeopleService::forget(const Person& ghost, bool redact) {
  if (const auto saved = save(ghost, Profiles::kLastVersion); !saved) return saved;
  return erasures_.ask(ghost.id, redact);
}

Result<> PeopleService::follow() {
  const std::lock_guard lock(mutex_);
  const auto changes = profiles_.changed_since(cursor_);
  if (!changes) return changes.error();
  for (const auto& person : changes->people) people_.remember(person);
  cursor_ = changes->cursor;
  return {};
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_store.hpp"

namespace confab::message_store {
namespace {

struct PeopleServiceTest : testing::Test {
  FakeStore store;
  FakeProfiles profiles;
  FakeErasures erasures;
  People people{store};
  PeopleService service{profiles, store, erasures, people};

  std::string name_of(std::int64_t user_id) {
    const std::int64_t ids[] = {user_id};
    return people.get(ids).value()[user_id].name;
  }
};

TEST_F(PeopleServiceTest, ShowsANewNameAtOnce) {
  people.remember({1, "u-1", "ada", "Ada"});
  EXPECT_TRUE(service.save({1, "u-1", "ada", "Countess"}, 2));
  EXPECT_EQ(name_of(1), "Countess");
  EXPECT_EQ(profiles.saved.size(), 1U);
}

TEST_F(PeopleServiceTest, ShowsNoNameThatComesAfterANewerOne) {
  ASSERT_TRUE(
      store.create({1, "gid", "room", RoomKind::private_room, {1, "u-1", "ada", "Newest"}, {}}));
  people.remember({1, "u-1", "ada", "Ada"});
  ASSERT_TRUE(profiles.save({1, "u-1", "ada", "Newest"}, 3)) << "at another message-store";
  EXPECT_TRUE(service.save({1, "u-1", "ada", "Countess"}, 2));
  EXPECT_EQ(name_of(1), "Newest") << "asked for again";
  EXPECT_EQ(profiles.saved.size(), 1U);
}

TEST_F(PeopleServiceTest, AGhostStaysOneWhateverNameComesLate) {
  EXPECT_TRUE(service.forget({1, "u-1", "deleted 1", "Deleted user"}, false));
  EXPECT_TRUE(service.save({1, "u-1", "ada", "Countess"}, Profiles::kLastVersion - 1));
  EXPECT_EQ(profiles.saved.back().name, "Deleted user");
  EXPECT_TRUE(service.forget({1, "u-1", "deleted 1", "Deleted user"}, false)) << "once more";
  EXPECT_EQ(name_of(1), "Deleted user");
}

TEST_F(PeopleServiceTest, ShowsNoNameThatWasNotSaved) {
  people.remember({1, "u-1", "ada", "Ada"});
  profiles.failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_FALSE(service.save({1, "u-1", "ada", "Countess"}, 2));
  EXPECT_EQ(name_of(1), "Ada");
}

TEST_F(PeopleServiceTest, TakesOverNamesThatOthersSaved) {
  people.remember({1, "u-1", "ada", "Ada"});
  profiles.saved.push_back({1, "u-1", "ada", "Countess"});
  profiles.failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_FALSE(service.follow());
  profiles.failure.reset();
  EXPECT_TRUE(service.follow());
  EXPECT_EQ(name_of(1), "Countess");
}

TEST_F(PeopleServiceTest, NobodyBlocksThemselves) {
  EXPECT_EQ(service.block(1, 1).error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(service.unblock(1, 1));
  EXPECT_TRUE(service.block(1, 2));
  EXPECT_EQ(*service.blocked_by(1), std::vector<std::int64_t>{2});
}

TEST_F(PeopleServiceTest, AForgottenUserIsShownAsAGhostAndLeftToTheEraser) {
  EXPECT_TRUE(service.forget({1, "u-1", "deleted 1", "Deleted user"}, true));
  EXPECT_EQ(name_of(1), "Deleted user");
  EXPECT_TRUE(service.forget({1, "u-1", "deleted 1", "Deleted user"}, false));
  EXPECT_TRUE(erasures.waiting->redact) << "asked for once is asked for";
}

}  // namespace
}  // namespace confab::message_store
#endif
