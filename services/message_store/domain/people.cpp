#include "message_store/domain/people.hpp"

namespace confab::message_store {

void People::insert(const Person& person) {
  if (const auto found = by_id_.find(person.id); found != by_id_.end()) {
    *found->second = person;
    order_.splice(order_.begin(), order_, found->second);
    return;
  }
  order_.push_front(person);
  by_id_[person.id] = order_.begin();
  if (order_.size() > kRemembered) {
    by_id_.erase(order_.back().id);
    order_.pop_back();
  }
}

void People::remember(const Person& person) {
  const std::lock_guard lock(mutex_);
  insert(person);
}

void People::forget(std::int64_t user_id) {
  const std::lock_guard lock(mutex_);
  const auto known = by_id_.find(user_id);
  if (known == by_id_.end()) return;
  order_.erase(known->second);
  by_id_.erase(known);
}

Result<std::unordered_map<std::int64_t, Person>> People::get(
    std::span<const std::int64_t> user_ids) {
  std::unordered_map<std::int64_t, Person> found;
  std::vector<std::int64_t> missing;
  {
    const std::lock_guard lock(mutex_);
    for (const auto id : user_ids) {
      if (const auto known = by_id_.find(id); known != by_id_.end()) {
        order_.splice(order_.begin(), order_, known->second);
        found.emplace(id, *known->second);
      } else {
        missing.push_back(id);
      }
    }
  }
  if (missing.empty()) return found;
  const auto loaded = rooms_.people(missing);
  if (!loaded) return loaded.error();
  const std::lock_guard lock(mutex_);
  for (const auto& person : *loaded) {
    insert(person);
    found.emplace(person.id, person);
  }
  return found;
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fake_store.hpp"

namespace confab::message_store {
namespace {

struct PeopleTest : testing::Test {
  FakeStore store;
  People people{store};

  PeopleTest() {
    EXPECT_TRUE(
        store.create({1, "gid", "room", RoomKind::private_room, {1, "u-1", "ada", "Ada"}, {}}));
  }

  std::string name_of(std::int64_t user_id) {
    const std::int64_t ids[] = {user_id};
    const auto found = people.get(ids);
    if (!found) return "failed";
    return found->count(user_id) > 0 ? found->at(user_id).name : "unknown";
  }
};

TEST_F(PeopleTest, AsksTheStoreOnceForEachPerson) {
  EXPECT_EQ(name_of(1), "Ada");
  store.fail_with(Error{ErrorCode::unavailable, "away"});
  EXPECT_EQ(name_of(1), "Ada");
  EXPECT_EQ(name_of(2), "failed");
}

TEST_F(PeopleTest, KnowsWhatItWasToldLast) {
  people.remember({1, "u-1", "ada", "Countess"});
  EXPECT_EQ(name_of(1), "Countess");
  people.remember({1, "u-1", "ada", "Lovelace"});
  EXPECT_EQ(name_of(1), "Lovelace");
}

TEST_F(PeopleTest, AsksAgainAboutWhomItForgot) {
  people.remember({1, "u-1", "ada", "Countess"});
  people.forget(1);
  people.forget(7);
  EXPECT_EQ(name_of(1), "Ada");
}

TEST_F(PeopleTest, LeavesOutWhoDoesNotExist) { EXPECT_EQ(name_of(7), "unknown"); }

TEST_F(PeopleTest, ForgetsTheLongestUnused) {
  people.remember({1, "", "", "kept"});
  people.remember({2, "", "", "forgotten"});
  EXPECT_EQ(name_of(1), "kept");
  for (std::int64_t id = 3; id <= static_cast<std::int64_t>(People::kRemembered) + 1; ++id) {
    people.remember({id, "", "", "other"});
  }
  EXPECT_EQ(name_of(1), "kept");
  EXPECT_EQ(name_of(2), "unknown");
}

}  // namespace
}  // namespace confab::message_store
#endif
