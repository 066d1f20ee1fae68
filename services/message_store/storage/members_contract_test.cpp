#include "message_store/storage/store_contract_test.hpp"

// Who comes into a room and goes out of it: RoomLog::join() and leave().
namespace confab::message_store {
namespace {

class MembersContract : public StoreContractTest {
 protected:
  bool is_in(const Room& room, const Person& person) {
    return *rooms_.is_member(room.room_id, person.id);
  }
  Role role_of(const Room& room, const Person& person) {
    const auto found = rooms_.find(room.gid, true);
    for (const auto& member : found->members) {
      if (member.person.id == person.id) return member.role;
    }
    return {};
  }
};
INSTANTIATE_TEST_SUITE_P(, MembersContract, both_stores(), store_name);

TEST_P(MembersContract, WritesAJoinIntoTheLog) {
  const auto room = make_room();
  fill(room, 1);
  const auto joining = change(room, kAda, kBob, Role::admin);
  const auto joined = log_.join(joining);
  ASSERT_TRUE(joined);
  EXPECT_EQ(joined->member.person.id, kBob.id);
  EXPECT_EQ(joined->member.role, Role::admin);
  EXPECT_EQ(joined->member.added_by, kAda.id);
  EXPECT_EQ(joined->member.added_by_username, "ada");
  EXPECT_EQ(joined->member.added_ms, joined->entry.created_ms);
  EXPECT_EQ(role_of(room, kBob), Role::admin);
  const auto page = log_.read(room.room_id, kBob.id, {});
  EXPECT_EQ(page->head.seq, 2U);
  EXPECT_EQ(page->head.check, check_of(joining.msg_id));
  const auto& read = page->entries.back();
  for (const auto& entry : {joined->entry, read}) {
    EXPECT_EQ(entry.room_id, room.room_id);
    EXPECT_EQ(entry.gid, room.gid);
    EXPECT_EQ(entry.epoch, 1U);
    EXPECT_EQ(entry.seq, 2U);
    EXPECT_EQ(entry.msg_id, joining.msg_id);
    EXPECT_EQ(entry.prev_check, check_of(page->entries.front().msg_id));
    EXPECT_EQ(entry.kind, EntryKind::member_joined);
    EXPECT_EQ(entry.actor_id, kAda.id);
    EXPECT_EQ(entry.subject_id, kBob.id);
    EXPECT_EQ(entry.client_msg_id, joining.msg_id.text());
    EXPECT_EQ(entry.body, member_body(kBob, Role::admin));
    EXPECT_EQ(entry.created_ms, joined->entry.created_ms);
  }
}

TEST_P(MembersContract, WritesALeaveIntoTheLog) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  const auto left = log_.leave(change(room, kAda, kBob));
  ASSERT_TRUE(left);
  EXPECT_EQ(left->entry.kind, EntryKind::member_left);
  EXPECT_EQ(left->entry.seq, 1U);
  EXPECT_EQ(left->entry.actor_id, kAda.id);
  EXPECT_EQ(left->entry.subject_id, kBob.id);
  EXPECT_EQ(left->entry.body, member_body(kBob, Role::member, R"(,"reason":"removed")"));
  EXPECT_FALSE(is_in(room, kBob));
  EXPECT_EQ(rooms_.find(room.gid, true)->members.size(), 1U);
  EXPECT_EQ(code(log_.leave(change(room, kAda, kBob))), ErrorCode::user_not_found);
}

TEST_P(MembersContract, TakesSomebodyBackWithTheRoleGivenThen) {
  const auto room = make_room();
  ASSERT_TRUE(log_.join(change(room, kAda, kBob, Role::admin)));
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_EQ(code(log_.join(change(room, kBob, kBob))), ErrorCode::not_a_member);
  ASSERT_TRUE(log_.join(change(room, kAda, kBob)));
  EXPECT_EQ(role_of(room, kBob), Role::member);
  EXPECT_EQ(log_.read(room.room_id, kBob.id, {})->head.seq, 3U);
}

TEST_P(MembersContract, LetsAnybodyIntoAPublicRoomAsAMember) {
  const auto room = make_room(RoomKind::public_room);
  EXPECT_EQ(code(log_.join(change(room, kBob, kBob, Role::admin))), ErrorCode::permission_denied);
  ASSERT_TRUE(log_.join(change(room, kBob, kBob)));
  EXPECT_EQ(code(log_.join(change(room, kBob, kBob))), ErrorCode::already_exists);
  EXPECT_EQ(code(log_.join(change(room, kBob, kEve))), ErrorCode::permission_denied);
}

TEST_P(MembersContract, RefusesAJoinThatIsNotAllowed) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  const auto refused = [&](const Person& actor, const Person& member, Role role = Role::member) {
    return code(log_.join(change(room, actor, member, role)));
  };
  EXPECT_EQ(refused(kEve, kEve), ErrorCode::not_a_member);
  EXPECT_EQ(refused(kBob, kEve), ErrorCode::permission_denied);
  EXPECT_EQ(refused(kAda, kBob), ErrorCode::already_exists);
  ASSERT_TRUE(log_.join(change(room, kAda, kEve, Role::admin)));
  const Person dan{4, Uuid::make(random_).text(), "dan", "Dan"};
  EXPECT_EQ(refused(kEve, dan, Role::owner), ErrorCode::permission_denied);
  auto nowhere = change(room, kAda, dan);
  nowhere.room_id = kNoRoom;
  EXPECT_EQ(code(log_.join(nowhere)), ErrorCode::room_not_found);
  EXPECT_EQ(log_.read(room.room_id, 0, {})->head.seq, 1U) << "a refusal is no entry";
  EXPECT_TRUE(rooms_.people(std::vector{dan.id})->empty());
}

TEST_P(MembersContract, RefusesALeaveThatIsNotAllowed) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(log_.join(change(room, kAda, kEve, Role::admin)));
  const auto refused = [&](const Person& actor, const Person& member) {
    return code(log_.leave(change(room, actor, member)));
  };
  EXPECT_EQ(refused(kBob, kEve), ErrorCode::permission_denied);
  EXPECT_EQ(refused(kEve, kAda), ErrorCode::permission_denied);
  EXPECT_EQ(refused({9, kEve.uuid, "x", "x"}, kBob), ErrorCode::not_a_member);
  EXPECT_EQ(refused(kAda, {9, kEve.uuid, "x", "x"}), ErrorCode::user_not_found);
  auto nowhere = change(room, kAda, kBob);
  nowhere.room_id = kNoRoom;
  EXPECT_EQ(code(log_.leave(nowhere)), ErrorCode::room_not_found);
  ASSERT_TRUE(log_.leave(change(room, kEve, kEve)));
  EXPECT_EQ(refused(kAda, kAda), ErrorCode::permission_denied) << "nobody else is in charge";
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_TRUE(log_.leave(change(room, kAda, kAda))) << "the last one may go";
  EXPECT_FALSE(is_in(room, kAda));
}

TEST_P(MembersContract, KeepsADirectRoomToItsTwo) {
  const auto room = make_direct();
  EXPECT_EQ(code(log_.join(change(room, kAda, kEve))), ErrorCode::permission_denied);
  EXPECT_EQ(code(log_.leave(change(room, kAda, kBob))), ErrorCode::permission_denied);
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_EQ(code(log_.join(change(room, kAda, kBob))), ErrorCode::permission_denied);
  auto back = change(room, kAda, kBob);
  back.reopens_direct = true;
  ASSERT_TRUE(log_.join(back));
  EXPECT_TRUE(is_in(room, kBob));
  back.msg_id = Uuid::make(random_);
  EXPECT_EQ(code(log_.join(back)), ErrorCode::already_exists);
}

TEST_P(MembersContract, KeepsTheLogWholeWhileMessagesAndMembersCome) {
  const auto room = make_room(RoomKind::public_room);
  constexpr int kThreads = 6;
  std::vector<std::vector<MemberChange>> changes(kThreads);
  std::vector<std::vector<Draft>> drafts(kThreads);
  for (std::size_t i = 0; i < kThreads; ++i) {
    for (int n = 0; n < 10; ++n) {
      const std::int64_t id = 100 + static_cast<std::int64_t>(i);
      const Person person{id, kEve.uuid, "u" + std::to_string(id), "n"};
      changes[i].push_back(change(room, person, person));
      drafts[i].push_back(draft(std::to_string(i) + "." + std::to_string(n)));
    }
  }
  std::atomic<int> failures = 0;
  in_threads(kThreads, [&](int thread) {
    const auto mine = static_cast<std::size_t>(thread);
    for (std::size_t n = 0; n < changes[mine].size(); ++n) {
      if (!append(room, {drafts[mine][n]})) ++failures;
      const auto& next = changes[mine][n];
      if (!(n % 2 == 0 ? log_.join(next) : log_.leave(next))) ++failures;
    }
  });
  EXPECT_EQ(failures, 0);
  const auto page = log_.read(room.room_id, 0, {.limit = 1000});
  ASSERT_EQ(page->entries.size(), 120U);
  std::string check;
  for (std::size_t i = 0; i < page->entries.size(); ++i) {
    EXPECT_EQ(page->entries[i].seq, i + 1);
    EXPECT_EQ(page->entries[i].prev_check, check);
    check = check_of(page->entries[i].msg_id);
  }
}

TEST_P(MembersContract, LetsTwoBringEachOtherIntoTheirRoomsAtOnce) {
  std::vector<Room> of_ada;
  std::vector<Room> of_bob;
  for (int i = 0; i < 20; ++i) {
    of_ada.push_back(make_room());
    auto draft = blank();
    draft.creator = kBob;
    of_bob.push_back(rooms_.create(draft).value());
  }
  std::atomic<int> failures = 0;
  in_threads(2, [&](int thread) {
    SystemRandom random;
    for (std::size_t i = 0; i < of_ada.size(); ++i) {
      // Each with a name of its own, so that both rows of people are written each time.
      const auto mark = std::to_string(thread) + std::to_string(i);
      Person ada = kAda;
      Person bob = kBob;
      ada.name += mark;
      bob.name += mark;
      const auto joined =
          thread == 0 ? log_.join({of_ada[i].room_id, ada, bob, Role::member, Uuid::make(random)})
                      : log_.join({of_bob[i].room_id, bob, ada, Role::member, Uuid::make(random)});
      if (!joined) ++failures;
    }
  });
  EXPECT_EQ(failures, 0);
}

}  // namespace
}  // namespace confab::message_store
