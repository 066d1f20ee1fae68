#include <set>

#include "message_store/storage/store_contract_test.hpp"

// Rooms as such, and the people shown in them: Rooms.
namespace confab::message_store {
namespace {

class RoomsContract : public StoreContractTest {
 protected:
  static std::vector<std::int64_t> ids(const Room& room) {
    std::vector<std::int64_t> found;
    for (const auto& member : room.members) found.push_back(member.person.id);
    return found;
  }
  std::vector<std::uint64_t> rooms_of(const Person& person, std::uint32_t limit = 100) {
    std::vector<std::uint64_t> found;
    const auto rooms = rooms_.of_user(person.id, limit);
    for (const auto& room : *rooms) found.push_back(room.room_id);
    return found;
  }
  std::string name_of(const Person& person) {
    const auto people = rooms_.people(std::vector{person.id});
    return people->empty() ? "nobody" : people->front().name;
  }
};
INSTANTIATE_TEST_SUITE_P(, RoomsContract, both_stores(), store_name);

TEST_P(RoomsContract, MakesARoomWithItsFirstMembers) {
  const auto draft = blank(RoomKind::public_room, {kEve, kBob});
  const auto made = rooms_.create(draft);
  ASSERT_TRUE(made);
  const auto found = rooms_.find(draft.gid, true);
  for (const auto& room : {*made, *found}) {
    EXPECT_EQ(room.room_id, draft.room_id);
    EXPECT_EQ(room.gid, draft.gid);
    EXPECT_EQ(room.name, "Tea");
    EXPECT_EQ(room.kind, RoomKind::public_room);
    EXPECT_GT(room.created_ms, 0);
    EXPECT_EQ(room.created_by.username, "ada");
    EXPECT_EQ(room.head.room_id, draft.room_id);
    EXPECT_EQ(room.head.seq, 0U);
    EXPECT_EQ(room.head.epoch, 1U);
    EXPECT_EQ(ids(room), (std::vector<std::int64_t>{1, 2, 3}));
    EXPECT_EQ(room.members[0].role, Role::owner);
    EXPECT_EQ(room.members[2].role, Role::member);
    EXPECT_EQ(room.members[2].person.uuid, kEve.uuid);
    EXPECT_EQ(room.members[2].person.name, "Eve");
    EXPECT_EQ(room.members[2].added_by, kAda.id);
    EXPECT_EQ(room.members[2].added_by_username, "ada");
    EXPECT_EQ(room.members[2].added_ms, room.created_ms);
  }
  EXPECT_TRUE(rooms_.find(draft.gid, false)->members.empty());
}

TEST_P(RoomsContract, MakesAThousandMembersAtOnce) {
  std::vector<Person> many;
  for (std::int64_t id = 10; id < 1010; ++id) {
    many.push_back({id, Uuid::make(random_).text(), "u" + std::to_string(id), "n"});
  }
  const auto room = make_room(RoomKind::private_room, many);
  EXPECT_EQ(room.members.size(), 1001U);
  EXPECT_TRUE(*rooms_.is_member(room.room_id, 1009));
  EXPECT_EQ(rooms_of(many.back()).size(), 1U);
}

TEST_P(RoomsContract, RefusesAGidOrRoomIdThatIsTakenAndLeavesNothing) {
  const auto taken = make_room();
  auto same_gid = blank(RoomKind::private_room, {kBob});
  same_gid.gid = taken.gid;
  EXPECT_EQ(code(rooms_.create(same_gid)), ErrorCode::already_exists);
  auto same_id = blank(RoomKind::private_room, {kBob});
  same_id.room_id = taken.room_id;
  EXPECT_EQ(code(rooms_.create(same_id)), ErrorCode::already_exists);
  EXPECT_EQ(code(rooms_.find(same_id.gid, false)), ErrorCode::room_not_found);
  EXPECT_TRUE(rooms_of(kBob).empty());
  EXPECT_EQ(name_of(kBob), "nobody");
  EXPECT_EQ(rooms_.find(taken.gid, true)->members.size(), 1U);
}

TEST_P(RoomsContract, KeepsAnyNameAsItIs) {
  for (const auto* name : {"NULL", "{\"a\",b}", "'; --", "\\", "日本 🍵", "\x01"}) {
    auto draft = blank();
    draft.name = name;
    draft.creator.name = name;
    draft.creator.username = name;
    EXPECT_EQ(rooms_.create(draft)->name, name);
    EXPECT_EQ(rooms_.find(draft.gid, false)->created_by.name, name);
  }
}

TEST_P(RoomsContract, FindsNoRoomByAStrangeGid) {
  const auto room = make_room();
  for (const std::string& gid : {std::string(), std::string("nowhere"), std::string("GID11111"),
                                 room.gid + " ", std::string("' OR 1=1 --")}) {
    EXPECT_EQ(code(rooms_.find(gid, true)), ErrorCode::room_not_found) << gid;
  }
}

TEST_P(RoomsContract, MakesOneDirectRoomWhicheverOfTheTwoAsks) {
  bool created = false;
  const auto first = rooms_.find_or_create_direct(blank(RoomKind::direct, {kBob}), &created);
  ASSERT_TRUE(first);
  EXPECT_TRUE(created);
  EXPECT_EQ(ids(*first), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(first->members[0].role, Role::member);
  auto other_way = blank(RoomKind::direct, {kAda});
  other_way.creator = kBob;
  const auto second = rooms_.find_or_create_direct(other_way, &created);
  EXPECT_FALSE(created);
  EXPECT_EQ(second->room_id, first->room_id);
  EXPECT_EQ(second->created_by.id, kAda.id);
  EXPECT_EQ(code(rooms_.find(other_way.gid, false)), ErrorCode::room_not_found);
}

TEST_P(RoomsContract, MakesOneDirectRoomOfManyAttemptsAtOnce) {
  constexpr int kThreads = 6;
  for (std::int64_t other = 10; other < 15; ++other) {
    const Person person{other, Uuid::make(random_).text(), "u" + std::to_string(other), "n"};
    std::vector<NewRoom> drafts;
    for (int i = 0; i < kThreads; ++i) {
      drafts.push_back(blank(RoomKind::direct, {i % 2 == 0 ? person : kAda}));
      if (i % 2 != 0) drafts.back().creator = person;
    }
    std::vector<Result<Room>> made(kThreads, Error{});
    std::atomic<int> creations = 0;
    in_threads(kThreads, [&](int thread) {
      const auto mine = static_cast<std::size_t>(thread);
      bool created = false;
      made[mine] = rooms_.find_or_create_direct(drafts[mine], &created);
      if (created) ++creations;
    });
    EXPECT_EQ(creations, 1);
    for (const auto& room : made) {
      ASSERT_TRUE(room) << room.error().message;
      EXPECT_EQ(room->room_id, made[0]->room_id);
      EXPECT_EQ(room->members.size(), 2U);
    }
    EXPECT_EQ(rooms_of(person).size(), 1U);
  }
}

TEST_P(RoomsContract, SaysWhenADirectRoomsGidIsTaken) {
  const auto taken = make_room();
  auto draft = blank(RoomKind::direct, {kBob});
  draft.gid = taken.gid;
  bool created = false;
  EXPECT_EQ(code(rooms_.find_or_create_direct(draft, &created)), ErrorCode::already_exists);
  EXPECT_TRUE(rooms_.find_or_create_direct(blank(RoomKind::direct, {kBob}), &created));
  EXPECT_TRUE(created) << "the failed attempt left nothing";
}

TEST_P(RoomsContract, ListsTheRoomsOfAUserNewestMembershipFirst) {
  const auto first = make_room(RoomKind::private_room, {kBob});
  const auto second = make_room(RoomKind::private_room, {kBob});
  const auto foreign = make_room();
  EXPECT_EQ(rooms_of(kBob), (std::vector{second.room_id, first.room_id}));
  ASSERT_TRUE(log_.join(change(foreign, kAda, kBob)));
  EXPECT_EQ(rooms_of(kBob, 2), (std::vector{foreign.room_id, second.room_id}));
  ASSERT_TRUE(log_.leave(change(second, kBob, kBob)));
  EXPECT_EQ(rooms_of(kBob), (std::vector{foreign.room_id, first.room_id}));
  ASSERT_TRUE(log_.join(change(second, kAda, kBob)));
  EXPECT_EQ(rooms_of(kBob).front(), second.room_id);
  EXPECT_TRUE(rooms_of(kEve).empty());
}

TEST_P(RoomsContract, ListsDirectRoomsWithTheirMembersAndOthersWithout) {
  const auto room = make_room();
  const auto direct = make_direct();
  fill(room, 2);
  const auto found = rooms_.of_user(kAda.id, 10);
  ASSERT_EQ(found->size(), 2U);
  const auto& first = (*found)[0];
  EXPECT_EQ(first.room_id, direct.room_id);
  ASSERT_EQ(first.members.size(), 2U);
  EXPECT_EQ(first.members[1].person.username, "bob");
  const auto& second = (*found)[1];
  EXPECT_TRUE(second.members.empty());
  EXPECT_EQ(second.head.seq, 2U);
  EXPECT_EQ(second.head.check.size(), kCheckBytes);
  EXPECT_EQ(second.created_by.username, "ada");
}

TEST_P(RoomsContract, ListsTheMembersOfEachOfManyDirectRooms) {
  constexpr std::int64_t kMany = 1001;
  for (std::int64_t other = 2; other < kMany + 2; ++other) {
    const auto name = std::to_string(100'000'000'000 + other);
    auto room = blank(RoomKind::direct, {{other, "a0000000-0000-4000-8000-" + name, name, "U"}});
    bool created = false;
    ASSERT_TRUE(rooms_.find_or_create_direct(room, &created));
  }
  const auto found = rooms_.of_user(kAda.id, kMany);
  ASSERT_EQ(found->size(), static_cast<std::size_t>(kMany));
  for (const auto& room : *found) ASSERT_EQ(room.members.size(), 2U);
}

TEST_P(RoomsContract, ShowsPeopleAsTheyWereNamedLast) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  EXPECT_EQ(name_of(kBob), "Bob");
  make_room(RoomKind::private_room, {{kBob.id, kBob.uuid, "bob", "Robert"}});
  EXPECT_EQ(name_of(kBob), "Robert");
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  ASSERT_TRUE(log_.join(
      change(room, {1, kAda.uuid, "ada", "Countess"}, {kBob.id, kBob.uuid, "bobby", "Bobby"})));
  EXPECT_EQ(name_of(kBob), "Bobby");
  const auto members = rooms_.find(room.gid, true)->members;
  EXPECT_EQ(members[0].person.name, "Countess");
  EXPECT_EQ(members[1].person.username, "bobby");
}

TEST_P(RoomsContract, LeavesOutPeopleWhoDoNotExist) {
  make_room(RoomKind::private_room, {kBob});
  EXPECT_EQ(rooms_.people(std::vector<std::int64_t>{2, 77, 1, 2, -1, 0})->size(), 2U);
  EXPECT_TRUE(rooms_.people({})->empty());
}

}  // namespace
}  // namespace confab::message_store
