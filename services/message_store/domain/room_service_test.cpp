#include "message_store/domain/room_service.hpp"

#include <gtest/gtest.h>

#include <future>

#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

const Person kAda{1, "u-1", "ada", "Ada"};
const Person kBob{2, "u-2", "bob", "Bob"};
const Person kEve{3, "u-3", "eve", "Eve"};

struct RoomServiceTest : testing::Test {
  using Told = std::vector<std::string>;

  FakeStore store;
  RecordingEvents events;
  ScriptedRandom random;
  ManualClock clock;
  People people{store};
  Announcer announcer{people, events, [](std::size_t, const Error&) {}};
  RoomLanes lanes{store, random, {}, [](const auto&) {}, [](const auto&) {}};
  RoomService service{store, store, lanes, people, announcer, clock, random};

  Room make(const std::string& kind = "", std::vector<Person> members = {}) {
    return *service.create(kAda, "Tea", kind, std::move(members));
  }

  Result<Room> open(const Person& opener, const Person& other) {
    std::promise<Result<Room>> answer;
    service.open_direct(opener, other, [&](const auto& room) { answer.set_value(room); });
    return answer.get_future().get();
  }
  Result<Member> add(const std::string& gid, const Person& actor, const Person& member,
                     const std::string& role = "") {
    std::promise<Result<Member>> answer;
    service.add_member(gid, actor, member, role,
                       [&](const auto& added) { answer.set_value(added); });
    return answer.get_future().get();
  }
  Result<> remove(const std::string& gid, const Person& actor, std::int64_t member_id) {
    std::promise<Result<>> answer;
    service.remove_member(gid, actor, member_id,
                          [&](const auto& removed) { answer.set_value(removed); });
    return answer.get_future().get();
  }

  /// As many messages, each of this body.
  void fill(const Room& room, int messages, const std::string& body) {
    for (int i = 0; i < messages; ++i) {
      const Draft draft{kAda.id, std::to_string(i), Uuid::make(random), body};
      ASSERT_TRUE(store.append(room.room_id, {&draft, 1}));
    }
  }
};

template <typename T>
ErrorCode code(const Result<T>& result) {
  return result ? ErrorCode::internal : result.error().code;
}

std::vector<std::int64_t> ids(const Room& room) {
  std::vector<std::int64_t> found;
  for (const auto& member : room.members) found.push_back(member.person.id);
  return found;
}

TEST_F(RoomServiceTest, RefusesABadNameOrKind) {
  const auto refused = [&](const std::string& name, const std::string& kind = "private") {
    return code(service.create(kAda, name, kind, {})) == ErrorCode::invalid_argument;
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused(" \t\n"));
  EXPECT_TRUE(refused("\xFF"));
  EXPECT_TRUE(refused(std::string("a\0b", 3)));
  EXPECT_TRUE(refused(std::string(101, 'x')));
  EXPECT_TRUE(refused("Tea", "direct"));
  EXPECT_TRUE(refused("Tea", "secret"));
  std::string emoji;
  for (int i = 0; i < 100; ++i) emoji += "\xF0\x9F\x8D\xB5";
  EXPECT_FALSE(refused(emoji)) << "characters count, not bytes";
  EXPECT_FALSE(refused(std::string(100, 'x'), "public"));
  EXPECT_TRUE(refused(emoji + "x"));
}

TEST_F(RoomServiceTest, NamesEveryMemberOnceAndTheCreatorAsOwner) {
  const auto room = make("", {kEve, kBob, kAda, kBob});
  EXPECT_EQ(ids(room), (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_EQ(room.members[0].role, Role::owner);
  EXPECT_EQ(room.members[1].role, Role::member);
  EXPECT_EQ(room.kind, RoomKind::private_room);
  EXPECT_EQ(events.told(), (Told{"added 1", "added 2", "added 3"}));
  const auto notices = events.notices();
  EXPECT_EQ(notices[1].room.gid, room.gid);
  EXPECT_EQ(notices[1].room.name, "Tea");
  EXPECT_EQ(notices[1].seq, 0U);
  EXPECT_TRUE(notices[1].room.members.empty()) << "a thousand copies of a thousand members";
}

TEST_F(RoomServiceTest, BeginsWithAtMostAThousandMembers) {
  std::vector<Person> many;
  for (std::int64_t id = 10; many.size() < kMaxFirstMembers; ++id) many.push_back({id, "", "", ""});
  EXPECT_EQ(make("", many).members.size(), 1001U);
  many.push_back(kBob);
  EXPECT_EQ(code(service.create(kAda, "Tea", "", many)), ErrorCode::too_many_members);
}

TEST_F(RoomServiceTest, GivesIdsThatRiseWithTimeAndGidsThatPeopleCanType) {
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i, clock.time += std::chrono::milliseconds(1)) {
    const auto room = make();
    EXPECT_GT(room.room_id, last);
    last = room.room_id;
    EXPECT_EQ(room.gid.size(), 8U);
    EXPECT_EQ(room.gid.find_first_of("0OIl"), std::string::npos) << "people mix these up";
    EXPECT_TRUE(std::all_of(room.gid.begin(), room.gid.end(), isalnum)) << room.gid;
  }
  clock.time = std::chrono::system_clock::time_point(std::chrono::years(2092 - 1970));
  EXPECT_GT(static_cast<std::int64_t>(make().room_id), 0) << "bigint";
}

TEST_F(RoomServiceTest, TriesAnotherGidWhenOneIsTaken) {
  for (const std::uint64_t number : {7, 1000}) random.next(number);  // Room id, gid.
  const auto first = make();
  for (const std::uint64_t number : {8, 1000, 9, 2000}) random.next(number);
  EXPECT_NE(make().gid, first.gid);
  for (const std::uint64_t number : {10, 1000, 11, 3000}) random.next(number);
  const auto direct = open(kAda, kBob);
  ASSERT_TRUE(direct);
  EXPECT_NE(direct->gid, first.gid);
}

TEST_F(RoomServiceTest, TriesAnotherRoomIdWhenOneIsTaken) {
  for (const std::uint64_t number : {7, 1000, 7, 2000}) random.next(number);
  EXPECT_NE(make().room_id, make().room_id);
}

TEST_F(RoomServiceTest, SaysUnavailableWhenNoGidIsFree) {
  for (std::uint64_t i = 0; i < 6; ++i) {
    random.next(i);
    random.next(1000);
  }
  make();
  EXPECT_EQ(code(service.create(kAda, "Tea", "", {})), ErrorCode::unavailable);
}

TEST_F(RoomServiceTest, TellsTheRoomAndThenTheMemberOfEachChange) {
  const auto room = make();
  const auto added = add(room.gid, kAda, kBob, "admin");
  ASSERT_TRUE(added);
  EXPECT_EQ(added->role, Role::admin);
  EXPECT_EQ(added->added_by_username, "ada");
  EXPECT_TRUE(remove(room.gid, kBob, kBob.id));
  EXPECT_EQ(events.told(), (Told{"added 1", "entry 1", "added 2", "entry 2", "removed 2"}));
  const auto notices = events.notices();
  EXPECT_EQ(notices[1].seq, 1U);
  EXPECT_EQ(notices[2].seq, 2U);
  const auto json = events.json();
  EXPECT_NE(json[0].find(R"("sender":{"id":1,"uuid":"u-1","username":"ada","name":"Ada"})"),
            std::string::npos);
  EXPECT_NE(json[1].find(R"("role":"admin")"), std::string::npos) << "the role that was left";
}

TEST_F(RoomServiceTest, TellsNobodyOfAChangeThatFailed) {
  const auto room = make("", {kBob});
  const auto before = events.told();
  EXPECT_EQ(code(add(room.gid, kBob, kEve)), ErrorCode::permission_denied);
  EXPECT_EQ(code(add(room.gid, kAda, kBob)), ErrorCode::already_exists);
  EXPECT_EQ(code(add(room.gid, kAda, kEve, "king")), ErrorCode::invalid_argument);
  EXPECT_EQ(code(add("nowhere1", kAda, kEve)), ErrorCode::room_not_found);
  EXPECT_EQ(code(remove(room.gid, kAda, 77)), ErrorCode::user_not_found);
  EXPECT_EQ(code(remove("nowhere1", kAda, kBob.id)), ErrorCode::room_not_found);
  EXPECT_EQ(events.told(), before);
}

TEST_F(RoomServiceTest, ShowsAMemberByTheNameItJoinedWith) {
  const auto room = make("", {kBob});
  ASSERT_TRUE(remove(room.gid, kBob, kBob.id));
  ASSERT_TRUE(add(room.gid, kAda, {2, "u-2", "bob", "Robert"}));
  const Draft draft{kBob.id, "c", Uuid::make(random), "{}"};
  ASSERT_TRUE(store.append(room.room_id, {&draft, 1}));
  const auto page = service.read(room.room_id, 0, {});
  EXPECT_NE(page->json.back().find("Robert"), std::string::npos) << page->json.back();
}

TEST_F(RoomServiceTest, MakesOneDirectRoomForTwo) {
  EXPECT_EQ(code(open(kAda, kAda)), ErrorCode::invalid_argument);
  const auto room = open(kAda, kBob);
  ASSERT_TRUE(room);
  EXPECT_EQ(room->kind, RoomKind::direct);
  EXPECT_EQ(room->members[0].role, Role::member) << "nobody owns it";
  EXPECT_EQ(open(kBob, kAda)->room_id, room->room_id);
  EXPECT_EQ(events.told(), (Told{"added 1", "added 2"}));
}

TEST_F(RoomServiceTest, BringsBackWhoLeftTheDirectRoom) {
  const auto room = open(kAda, kBob);
  ASSERT_TRUE(remove(room->gid, kAda, kAda.id));
  ASSERT_TRUE(remove(room->gid, kBob, kBob.id));
  const auto again = open(kBob, kAda);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->room_id, room->room_id);
  EXPECT_EQ(again->members.size(), 2U);
  EXPECT_EQ(again->head.seq, 4U);
  EXPECT_EQ(events.told(), (Told{"added 1", "added 2", "entry 1", "removed 1", "entry 2",
                                 "removed 2", "entry 3", "added 2", "entry 4", "added 1"}));
  EXPECT_EQ(code(add(room->gid, kAda, kEve)), ErrorCode::permission_denied);
}

TEST_F(RoomServiceTest, ShowsARoomToItsMembersAndAPublicOneToAnybodyWhoOnlyLooks) {
  const auto closed = make("private", {kBob});
  const auto open_to_all = make("public");
  EXPECT_EQ(service.get(closed.gid, kBob.id, true)->members.size(), 2U);
  EXPECT_TRUE(service.get(closed.gid, kBob.id, false)->members.empty());
  EXPECT_TRUE(service.get(closed.gid, 0, false)) << "a gateway itself";
  EXPECT_EQ(code(service.get(closed.gid, kEve.id, true)), ErrorCode::not_a_member);
  EXPECT_TRUE(service.get(open_to_all.gid, kEve.id, true));
  EXPECT_EQ(code(service.get(open_to_all.gid, kEve.id, false)), ErrorCode::not_a_member);
  EXPECT_EQ(code(service.get("nowhere1", kEve.id, false)), ErrorCode::room_not_found);
  ASSERT_TRUE(add(open_to_all.gid, kEve, kEve));
  EXPECT_TRUE(service.get(open_to_all.gid, kEve.id, false));
  EXPECT_EQ(code(service.read(closed.room_id, kEve.id, {})), ErrorCode::not_a_member);
}

TEST_F(RoomServiceTest, KeepsToTheLimitsOfReading) {
  const auto room = make();
  for (const std::uint32_t limit : {0U, kMaxPage + 1}) {
    EXPECT_EQ(code(service.read(room.room_id, 0, {.limit = limit})), ErrorCode::invalid_argument);
    EXPECT_EQ(code(service.list(kAda.id, limit)), ErrorCode::invalid_argument);
  }
  EXPECT_TRUE(service.read(room.room_id, 0, {.limit = kMaxPage}));
  EXPECT_EQ(service.list(kAda.id, 1)->size(), 1U);
  std::vector<std::uint64_t> rooms(kMaxPage, room.room_id);
  EXPECT_EQ(service.heads(rooms)->size(), 1U);
  rooms.push_back(1);
  EXPECT_EQ(code(service.heads(rooms)), ErrorCode::invalid_argument);
}

TEST_F(RoomServiceTest, EndsAPageThatGrowsTooLargeAndSaysMore) {
  const auto room = make();
  fill(room, 7, R"({"text":")" + std::string(kMaxPageBytes / 4, 'x') + "\"}");
  const auto up = service.read(room.room_id, 0, {.from_start = true});
  ASSERT_EQ(up->page.entries.size(), 3U);
  EXPECT_EQ(up->json.size(), 3U);
  EXPECT_TRUE(up->page.more);
  EXPECT_EQ(up->page.entries.front().seq, 1U);
  const auto down = service.read(room.room_id, 0, {});
  ASSERT_EQ(down->page.entries.size(), 3U);
  EXPECT_TRUE(down->page.more);
  EXPECT_EQ(down->page.entries.front().seq, 5U);
  EXPECT_EQ(down->page.entries.front().prev_check.size(), kCheckBytes);
  EXPECT_NE(down->json.back().find(R"("seq":7,)"), std::string::npos);
  EXPECT_FALSE(service.read(room.room_id, 0, {.before = 3})->page.more);
}

TEST_F(RoomServiceTest, ReadsOneEntryOfAnySize) {
  const auto room = make();
  fill(room, 2, R"({"text":")" + std::string(kMaxPageBytes, 'x') + "\"}");
  const auto up = service.read(room.room_id, 0, {.from_start = true});
  ASSERT_EQ(up->page.entries.size(), 1U);
  EXPECT_EQ(up->page.entries[0].seq, 1U);
  EXPECT_EQ(service.read(room.room_id, 0, {})->page.entries[0].seq, 2U);
}

TEST_F(RoomServiceTest, HandsOnWhatTheStoreFailsWith) {
  const auto room = make();
  store.fail_with(Error{ErrorCode::unavailable, "away"});
  EXPECT_EQ(code(service.create(kAda, "Tea", "", {})), ErrorCode::unavailable);
  EXPECT_EQ(code(open(kAda, kBob)), ErrorCode::unavailable);
  EXPECT_EQ(code(add(room.gid, kAda, kBob)), ErrorCode::unavailable);
  EXPECT_EQ(code(remove(room.gid, kAda, kBob.id)), ErrorCode::unavailable);
  EXPECT_EQ(code(service.get(room.gid, 0, false)), ErrorCode::unavailable);
  EXPECT_EQ(code(service.read(room.room_id, 0, {})), ErrorCode::unavailable);
}

}  // namespace
}  // namespace confab::message_store
