#include "message_store/domain/room_import.hpp"

#include <algorithm>
#include <unordered_set>

#include "message_store/domain/room_rules.hpp"

namespace confab::message_store {
namespace {

using Ids = std::unordered_set<std::int64_t>;

Error bad(const std::string& message) { return {ErrorCode::invalid_argument, message}; }

bool is_gid(const std::string& gid) {
  return gid.size() == kGidLength &&
         std::all_of(gid.begin(), gid.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

/// What is wrong with the plan; empty when nothing is.
std::string problem(const RoomPlan& plan, const Ids& people) {
  if (!is_gid(plan.gid)) return "a gid must have 8 letters and digits";
  if (!is_good_room_name(plan.name)) return "a room's name must have 1 to 100 characters";
  if (!parse_room_kind(plan.kind)) return "a room's kind must be \"private\" or \"public\"";
  if (plan.member_ids.empty()) return "a room needs at least one member";
  Ids members;
  for (const auto id : plan.member_ids) {
    if (!people.contains(id)) return "member " + std::to_string(id) + " is not in the people";
    if (!members.insert(id).second) return "member " + std::to_string(id) + " is there twice";
  }
  return {};
}

Result<> check(std::span<const Person> people, std::span<const RoomPlan> plans) {
  if (plans.size() > RoomImport::kMaxRooms) return bad("at most 1000 rooms at once");
  Ids known;
  for (const auto& person : people) known.insert(person.id);
  std::unordered_set<std::string> gids;
  std::size_t members = 0;
  for (const auto& plan : plans) {
    members += plan.member_ids.size();
    if (members > RoomImport::kMaxMembers) return bad("at most 20000 members at once");
    if (const auto why = problem(plan, known); !why.empty()) {
      return bad("room \"" + plan.gid + "\": " + why);
    }
    if (!gids.insert(plan.gid).second) return bad("the gid \"" + plan.gid + "\" is there twice");
  }
  return {};
}

}  // namespace

Result<std::size_t> RoomImport::add(std::span<const Person> people,
                                    std::span<const RoomPlan> plans) {
  if (const auto good = check(people, plans); !good) return good.error();
  std::vector<PlannedRoom> rooms;
  // One draw and counting on from it, because a thousand draws of so few bits would soon repeat.
  const auto now = clock_.now();
  auto random = random_.u64();
  for (const auto& plan : plans) {
    rooms.push_back({make_room_id(now, random++), plan.gid, plan.name, *parse_room_kind(plan.kind),
                     plan.member_ids});
  }
  return store_.add(people, rooms);
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <set>

#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

struct FakeImportStore final : RoomImportStore {
  std::vector<PlannedRoom> rooms;
  Result<std::size_t> add(std::span<const Person>, std::span<const PlannedRoom> planned) override {
    rooms.assign(planned.begin(), planned.end());
    return rooms.size();
  }
};

struct RoomImportTest : testing::Test {
  FakeImportStore store;
  ManualClock clock;
  ScriptedRandom random;
  RoomImport import{store, clock, random};
  std::vector<Person> people{{1, "u-1", "ada", "Ada"}, {2, "u-2", "bob", "Bob"}};

  std::string refusal(const RoomPlan& plan) {
    const std::vector plans{plan};
    const auto done = import.add(people, plans);
    return done ? "" : done.error().message;
  }
};

TEST_F(RoomImportTest, GivesEveryRoomOfACallAnotherIdOfThatTime) {
  random.next(~0ULL);  // Counting on wraps.
  std::vector<RoomPlan> plans;
  for (int i = 0; i < 1000; ++i) plans.push_back({std::to_string(10'000'000 + i), "Tea", "", {1}});
  EXPECT_EQ(*import.add(people, plans), 1000U);
  std::set<std::uint64_t> ids;
  for (const auto& room : store.rooms) {
    ids.insert(room.room_id);
    EXPECT_EQ(room.room_id >> kRoomIdRandomBits, make_room_id(clock.time, 0) >> kRoomIdRandomBits);
  }
  EXPECT_EQ(ids.size(), 1000U);
}

TEST_F(RoomImportTest, KeepsTheOrderOfMembersWhoseFirstIsTheOwner) {
  EXPECT_EQ(refusal({"abcd1234", "Tea", "public", {2, 1}}), "");
  EXPECT_EQ(store.rooms.front().member_ids, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(store.rooms.front().kind, RoomKind::public_room);
}

TEST_F(RoomImportTest, NamesTheRoomThatCannotBe) {
  for (const RoomPlan& plan : std::vector<RoomPlan>{{"short", "Tea", "", {1}},
                                                    {"abcd-234", "Tea", "", {1}},
                                                    {"abcd1234", " ", "", {1}},
                                                    {"abcd1234", "Tea", "direct", {1}},
                                                    {"abcd1234", "Tea", "", {}},
                                                    {"abcd1234", "Tea", "", {1, 3}},
                                                    {"abcd1234", "Tea", "", {1, 1}}}) {
    EXPECT_NE(refusal(plan).find(plan.gid), std::string::npos) << plan.gid << plan.name;
  }
  EXPECT_TRUE(store.rooms.empty());
}

TEST_F(RoomImportTest, IsBounded) {
  const std::vector<RoomPlan> twice(2, {"abcd1234", "Tea", "", {1}});
  EXPECT_EQ(import.add(people, twice).error().code, ErrorCode::invalid_argument);
  const std::vector<RoomPlan> many(1001, {"abcd1234", "Tea", "", {1}});
  EXPECT_EQ(import.add(people, many).error().code, ErrorCode::invalid_argument);
  RoomPlan crowded{"abcd1234", "Tea", "", {}};
  for (std::int64_t id = 1; id <= 20'001; ++id) {
    people.push_back({id, {}, {}, {}});
    crowded.member_ids.push_back(id);
  }
  EXPECT_NE(refusal(crowded).find("20000"), std::string::npos);
}

}  // namespace
}  // namespace confab::message_store
#endif
