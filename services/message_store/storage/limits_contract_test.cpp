#include <atomic>

#include "message_store/storage/store_contract_test.hpp"

// How many there may be of what: also when calls at the same moment ask for the last place.
namespace confab::message_store {
namespace {

StoreLimits small() {
  StoreLimits limits;
  limits.members = 4;
  limits.rooms = 3;
  limits.invites = 2;
  limits.blocks = 2;
  limits.pins = 1;
  limits.reaction_kinds = 1;
  return limits;
}

Person person(std::int64_t id) {
  auto digits = std::to_string(id);
  digits.insert(0, 12 - digits.size(), '0');
  return {id, "a0000000-0000-4000-8000-" + digits, "user" + std::to_string(id), "U"};
}

class LimitsContract : public StoreContractTest {
 protected:
  LimitsContract() : StoreContractTest(small()) {}

  /// A room of somebody else, in which Ada is not.
  Room foreign_room(std::int64_t owner) {
    auto room = blank();
    room.creator = person(owner);
    return rooms_.create(room).value();
  }
  Result<MemberOutcome> add(const Room& room, std::int64_t owner, const Person& member) {
    return log_.join(change(room, person(owner), member));
  }
  std::size_t rooms_of(const Person& user) { return rooms_.of_user(user.id, 100)->size(); }

  /// How many of the calls succeed, which all begin at once; the others must fail with `refusal`.
  static int succeed(int calls, ErrorCode refusal, const std::function<ErrorCode(int)>& call) {
    std::atomic<int> done{0};
    in_threads(calls, [&](int i) {
      const auto outcome = call(i);
      if (outcome == ErrorCode::internal) {
        ++done;
      } else {
        EXPECT_EQ(outcome, refusal);
      }
    });
    return done;
  }
};
INSTANTIATE_TEST_SUITE_P(, LimitsContract, both_stores(), store_name);

TEST_P(LimitsContract, AUserEntersNoMoreRoomsThanTheLimitAndGoesOnOnceOneIsLeft) {
  for (int i = 0; i < 2; ++i) (void)make_room();
  const auto third = make_room(RoomKind::private_room, {kBob});
  EXPECT_EQ(code(rooms_.create(blank())), ErrorCode::too_many_rooms);
  bool created = false;
  EXPECT_EQ(code(rooms_.find_or_create_direct(blank(RoomKind::direct, {kBob}), &created)),
            ErrorCode::too_many_rooms);
  const auto foreign = foreign_room(10);
  EXPECT_EQ(code(add(foreign, 10, kAda)), ErrorCode::too_many_rooms);
  EXPECT_EQ(log_.heads(std::vector{foreign.room_id})->front().seq, 0U);
  auto with_ada = blank();
  with_ada.creator = person(11);
  with_ada.members = {kAda};
  EXPECT_EQ(code(rooms_.create(with_ada)), ErrorCode::too_many_rooms);
  EXPECT_EQ(rooms_of(person(11)), 0U) << "nothing is left of a room that was refused";
  ASSERT_TRUE(log_.join(change(third, kAda, person(12), Role::owner)));
  ASSERT_TRUE(log_.leave(change(third, kAda, kAda)));
  EXPECT_TRUE(add(foreign, 10, kAda));
}

TEST_P(LimitsContract, ARoomTakesNoMoreMembersThanTheLimitAndGoesOnOnceOneHasLeft) {
  const auto room = make_room(RoomKind::private_room, {kBob, kEve, person(10)});
  EXPECT_EQ(code(log_.join(change(room, kAda, person(11)))), ErrorCode::too_many_members);
  EXPECT_EQ(log_.heads(std::vector{room.room_id})->front().seq, 0U);
  EXPECT_EQ(code(log_.join(change(room, kAda, kBob))), ErrorCode::already_exists);
  ASSERT_TRUE(log_.leave(change(room, kAda, kBob)));
  EXPECT_TRUE(log_.join(change(room, kAda, person(11))));
}

TEST_P(LimitsContract, RacingJoinsOfOneUserEnterNoMoreRoomsThanTheLimit) {
  std::vector<Room> rooms;
  for (std::int64_t owner = 10; owner < 18; ++owner) rooms.push_back(foreign_room(owner));
  std::vector<MemberChange> joins;
  for (std::size_t i = 0; i < rooms.size(); ++i) {
    joins.push_back(change(rooms[i], person(10 + static_cast<std::int64_t>(i)), kBob));
  }
  EXPECT_EQ(succeed(8, ErrorCode::too_many_rooms,
                    [&](int i) { return code(log_.join(joins[static_cast<std::size_t>(i)])); }),
            3);
  EXPECT_EQ(rooms_of(kBob), 3U);
}

TEST_P(LimitsContract, RacingCreationsOfOneUserMakeNoMoreRoomsThanTheLimit) {
  std::vector<NewRoom> rooms;
  for (int i = 0; i < 8; ++i) {
    rooms.push_back(blank(RoomKind::private_room, {person(20 + i), person(30)}));
  }
  EXPECT_EQ(succeed(8, ErrorCode::too_many_rooms,
                    [&](int i) { return code(rooms_.create(rooms[static_cast<std::size_t>(i)])); }),
            3);
  EXPECT_EQ(rooms_of(kAda), 3U);
  EXPECT_EQ(rooms_of(person(30)), 3U);
}

TEST_P(LimitsContract, RacingJoinsOfOneRoomTakeNoMoreMembersThanTheLimit) {
  const auto room = make_room();
  std::vector<MemberChange> joins;
  for (int i = 0; i < 8; ++i) joins.push_back(change(room, kAda, person(20 + i)));
  EXPECT_EQ(succeed(8, ErrorCode::too_many_members,
                    [&](int i) { return code(log_.join(joins[static_cast<std::size_t>(i)])); }),
            3);
  EXPECT_EQ(rooms_.find(room.gid, true)->members.size(), 4U);
}

TEST_P(LimitsContract, RacingBlocksOfOneUserAreNoMoreThanTheLimit) {
  EXPECT_EQ(succeed(8, ErrorCode::too_many_blocks,
                    [&](int i) { return code(blocks_.add(kAda.id, 20 + i)); }),
            2);
  EXPECT_EQ(blocks_.blocked_by(kAda.id)->size(), 2U);
}

TEST_P(LimitsContract, AMessageAndARoomTakeNoMoreThanIsSet) {
  const auto room = make_room();
  fill(room, 2);
  const auto done = [&](std::uint64_t seq, auto what) {
    MessageChange wish;
    wish.room_id = room.room_id;
    wish.actor = kAda;
    wish.target_seq = seq;
    wish.msg_id = Uuid::make(random_);
    wish.what = what;
    return code(log_.change(wish));
  };
  EXPECT_EQ(done(1, React{"+1"}), ErrorCode::internal);
  EXPECT_EQ(done(1, React{"-1"}), ErrorCode::too_many_reactions);
  EXPECT_EQ(done(1, Pin{}), ErrorCode::internal);
  EXPECT_EQ(done(2, Pin{}), ErrorCode::too_many_pins);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        changes_.add_invite({room.room_id, std::to_string(i), kAda.id, INT64_MAX / 1000, 0}));
  }
  EXPECT_EQ(code(changes_.add_invite({room.room_id, "more", kAda.id, INT64_MAX / 1000, 0})),
            ErrorCode::too_many_invites);
}

}  // namespace
}  // namespace confab::message_store
