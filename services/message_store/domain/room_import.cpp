#include "message_store/domain/room_import.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <unordered_set>

#include "message_store/domain/attributes.hpp"
#include "message_store/domain/check_message.hpp"
#include "message_store/domain/event_json.hpp"
#include "message_store/domain/room_rules.hpp"

namespace confab::message_store {
namespace {

using Ids = std::unordered_set<std::int64_t>;

Error bad(const std::string& message) { return {ErrorCode::invalid_argument, message}; }

bool is_gid(const std::string& gid) {
  return gid.size() == kGidLength &&
         std::all_of(gid.begin(), gid.end(), [](unsigned char c) { return std::isalnum(c) != 0; });
}

std::int64_t to_ms(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::optional<RoomKind> kind_of(const RoomPlan& plan) {
  return plan.kind == "direct" ? RoomKind::direct : parse_room_kind(plan.kind);
}

/// What is wrong with the plan; empty when nothing is.
std::string problem(const RoomPlan& plan, const Ids& people) {
  if (!is_gid(plan.gid)) return "a gid must have 8 letters and digits";
  const auto kind = kind_of(plan);
  if (!kind) return "a room's kind must be \"private\", \"public\" or \"direct\"";
  if (*kind == RoomKind::direct) {
    if (!plan.name.empty()) return "a direct room has no name";
    if (plan.member_ids.size() != 2) return "a direct room has two members";
  } else if (!is_good_room_name(plan.name)) {
    return kBadRoomName;
  }
  if (!is_good_topic(plan.topic)) return kBadTopic;
  if (plan.member_ids.empty()) return "a room needs at least one member";
  Ids members;
  for (const auto id : plan.member_ids) {
    if (!people.contains(id)) return "member " + std::to_string(id) + " is not in the people";
    if (!members.insert(id).second) return "member " + std::to_string(id) + " is there twice";
  }
  return {};
}

Result<> check(std::span<const Person> people, std::span<const RoomPlan> plans,
               std::int64_t now_ms) {
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
    if (plan.created_ms < 0 || plan.created_ms > now_ms) {
      return bad("room \"" + plan.gid + "\": it was made in the future, or before 1970");
    }
    if (!gids.insert(plan.gid).second) return bad("the gid \"" + plan.gid + "\" is there twice");
  }
  return {};
}

}  // namespace

Result<ImportedRooms> RoomImport::add(std::span<const Person> people,
                                      std::span<const RoomPlan> plans) {
  const auto now = clock_.now();
  if (const auto good = check(people, plans, to_ms(now)); !good) return good.error();
  std::vector<PlannedRoom> rooms;
  // One draw and counting on from it, because a thousand draws of so few bits would soon repeat.
  auto random = random_.u64();
  for (const auto& plan : plans) {
    // The id is of today: those of before ids begin would be no ids.
    rooms.push_back({make_room_id(now, random++), plan.gid, plan.name, *kind_of(plan),
                     plan.member_ids, plan.topic,
                     plan.created_ms > 0 ? plan.created_ms : to_ms(now)});
  }
  return store_.add(people, rooms);
}

Result<RoomDraftsPast> RoomImport::draft(const RoomPast& room) {
  RoomDraftsPast out{room.gid, {}};
  std::set<std::pair<std::int64_t, std::string>> ids;
  const auto now = to_ms(clock_.now());
  std::int64_t last = 0;
  const auto refused = [&](const PastMessage& message, const Error& why) {
    return Error{why.code, "room \"" + room.gid + "\", message \"" + message.client_msg_id +
                               "\": " + why.message};
  };
  for (const auto& message : room.messages) {
    const NewMessage checked{1, message.sender_id, message.client_msg_id, message.text,
                             message.attributes};
    if (const auto good = check_message(checked, limits_); !good) {
      return refused(message, good.error());
    }
    if (!message.attributes.empty()) {
      const auto good = check_attributes(message.attributes);
      if (!good) return refused(message, good.error());
    }
    if (message.created_ms < last || message.created_ms <= 0 || message.created_ms > now) {
      return refused(message, bad("its time is before the one before it, or in the future"));
    }
    if (!ids.emplace(message.sender_id, message.client_msg_id).second) {
      return refused(message, bad("it is there twice"));
    }
    last = message.created_ms;
    out.drafts.push_back({message.sender_id, message.client_msg_id, Uuid::make(random_),
                          message_body(message.text, message.attributes), message.created_ms});
  }
  return out;
}

Result<std::size_t> RoomImport::add_past(std::span<const RoomPast> rooms) {
  if (rooms.size() > kMaxRooms) return bad("at most 1000 rooms at once");
  std::vector<RoomDraftsPast> drafts;
  std::unordered_set<std::string> gids;
  std::size_t messages = 0;
  for (const auto& room : rooms) {
    messages += room.messages.size();
    if (messages > kMaxMessages) return bad("at most 10000 messages at once");
    if (!gids.insert(room.gid).second) return bad("the gid \"" + room.gid + "\" is there twice");
    auto drafted = draft(room);
    if (!drafted) return drafted.error();
    drafts.push_back(std::move(*drafted));
  }
  const auto added = store_.add_past(drafts);
  if (!added) return added.error();
  for (const auto room_id : added->room_ids) grown_(room_id);
  return added->messages;
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
  std::vector<RoomDraftsPast> past;
  Result<ImportedRooms> add(std::span<const Person>,
                            std::span<const PlannedRoom> planned) override {
    rooms.assign(planned.begin(), planned.end());
    ImportedRooms out{rooms.size(), {}};
    for (const auto& room : rooms) out.gids.push_back(room.gid);
    return out;
  }
  Result<AddedPast> add_past(std::span<const RoomDraftsPast> drafts) override {
    past.assign(drafts.begin(), drafts.end());
    AddedPast out;
    for (const auto& room : past) {
      out.messages += room.drafts.size();
      out.room_ids.push_back(room.gid.front() - 'a');
    }
    return out;
  }
};

struct RoomImportTest : testing::Test {
  FakeImportStore store;
  ManualClock clock;
  ScriptedRandom random;
  std::vector<std::uint64_t> grown;
  RoomImport import{store, clock, random, {}, [this](auto room_id) { grown.push_back(room_id); }};
  const std::int64_t now = to_ms(clock.time);
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
  EXPECT_EQ(import.add(people, plans)->made, 1000U);
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
                                                    {"abcd1234", "Tea", "direct", {1, 2}},
                                                    {"abcd1234", "", "direct", {1}},
                                                    {"abcd1234", "Tea", "secret", {1}},
                                                    {"abcd1234", "Tea", "", {1}, {}, now + 1},
                                                    {"abcd1234", "Tea", "", {1}, {}, -1},
                                                    {"abcd1234", "Tea", "", {}},
                                                    {"abcd1234", "Tea", "", {1, 3}},
                                                    {"abcd1234", "Tea", "", {1, 1}}}) {
    EXPECT_NE(refusal(plan).find(plan.gid), std::string::npos) << plan.gid << plan.name;
  }
  EXPECT_TRUE(store.rooms.empty());
}

TEST_F(RoomImportTest, MakesARoomOfTheTimeItWasMade) {
  EXPECT_EQ(refusal({"abcd1234", "", "direct", {2, 1}, "tea", now - 5000}), "");
  const auto& room = store.rooms.front();
  EXPECT_EQ(room.kind, RoomKind::direct);
  EXPECT_EQ(room.topic, "tea");
  EXPECT_EQ(room.created_ms, now - 5000);
}

TEST_F(RoomImportTest, RendersThePastAndTellsWhichRoomsHaveGrown) {
  const std::vector<RoomPast> past{
      {"bbbb1111", {{1, "c-1", "hi", "", now - 2}, {2, "c-1", "ho", R"({"a":1})", now}}},
      {"cccc1111", {}}};
  EXPECT_EQ(*import.add_past(past), 2U);
  ASSERT_EQ(store.past.size(), 2U);
  EXPECT_EQ(store.past[0].drafts[1].body, R"({"text":"ho","attributes":{"a":1}})");
  EXPECT_EQ(store.past[0].drafts[1].created_ms, now);
  EXPECT_NE(store.past[0].drafts[0].msg_id, store.past[0].drafts[1].msg_id);
  EXPECT_EQ(grown, (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(RoomImportTest, NamesTheMessageThatCannotBe) {
  const PastMessage good{1, "c-1", "hi", "", now - 2};
  for (const PastMessage& bad : std::vector<PastMessage>{{1, "c-2", " ", "", now},
                                                         {1, "c-2", "hi", "[]", now},
                                                         {1, "c-2", "hi", "", now - 3},
                                                         {1, "c-2", "hi", "", now + 1},
                                                         {1, "c-1", "hi", "", now}}) {
    const std::vector<RoomPast> past{{"bbbb1111", {good, bad}}};
    const auto refused = import.add_past(past);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("bbbb1111"), std::string::npos);
    EXPECT_NE(refused.error().message.find(bad.client_msg_id), std::string::npos);
  }
  EXPECT_TRUE(store.past.empty());
  const std::vector<RoomPast> twice(2, {"bbbb1111", {good}});
  EXPECT_FALSE(import.add_past(twice));
  const std::vector<RoomPast> many{{"bbbb1111", std::vector<PastMessage>(10'001, good)}};
  EXPECT_FALSE(import.add_past(many));
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
