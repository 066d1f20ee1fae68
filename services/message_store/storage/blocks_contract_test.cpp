#include "message_store/storage/pg_blocks.hpp"

#include "message_store/storage/store_contract_test.hpp"

// Who is blocked neither opens the direct room nor sends there: Blocks beside Rooms and RoomLog.
namespace confab::message_store {
namespace {

class BlocksContract : public StoreContractTest {
 protected:
  /// kAda opens their room, as blank() says.
  Result<Room> open(const Person& opener, const Person& other) {
    auto room = blank(RoomKind::direct, {other});
    room.creator = opener;
    bool created = false;
    return rooms_.find_or_create_direct(room, &created);
  }
  ErrorCode send(const Room& room, const Person& sender) {
    const auto id = std::to_string(++sent_);
    const auto outcome = append(room, {draft(id, sender)});
    return code(outcome->results[0]);
  }
  static constexpr auto kDone = ErrorCode::internal;  // As code() says of success.

 private:
  int sent_ = 0;
};
INSTANTIATE_TEST_SUITE_P(, BlocksContract, both_stores(), store_name);

TEST_P(BlocksContract, ABlockedOneReadsAndDoesNotSendUntilUnblocked) {
  const auto room = open(kAda, kBob).value();
  EXPECT_EQ(send(room, kBob), kDone);
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  EXPECT_EQ(send(room, kBob), ErrorCode::blocked);
  EXPECT_EQ(send(room, kAda), kDone);
  EXPECT_EQ(send(room, kBob), ErrorCode::blocked);
  EXPECT_EQ(send(room, kEve), ErrorCode::not_a_member);
  EXPECT_EQ(log_.read(room.room_id, kBob.id, {})->entries.size(), 2U);
  ASSERT_TRUE(blocks_.remove(kAda.id, kBob.id));
  EXPECT_EQ(send(room, kBob), kDone);
}

TEST_P(BlocksContract, ABatchFailsForTheBlockedOneAlone) {
  const auto room = open(kAda, kBob).value();
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  const auto outcome = append(room, {draft("a"), draft("b", kBob), draft("c", kEve), draft("d")});
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->results[0]);
  EXPECT_EQ(code(outcome->results[1]), ErrorCode::blocked);
  EXPECT_EQ(code(outcome->results[2]), ErrorCode::not_a_member);
  EXPECT_TRUE(outcome->results[3]);
  EXPECT_EQ(seqs(outcome->stored), (std::vector<std::uint64_t>{1, 2}));
}

TEST_P(BlocksContract, ARepeatOfWhatWasStoredBeforeStaysAcknowledged) {
  const auto room = open(kAda, kBob).value();
  ASSERT_TRUE(append(room, {draft("a", kBob)})->results[0]);
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  const auto again = append(room, {draft("a", kBob)});
  ASSERT_TRUE(again->results[0]);
  EXPECT_TRUE(again->results[0]->repeat);
}

TEST_P(BlocksContract, OnlyTheBlockedOneCannotOpenTheRoom) {
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  EXPECT_EQ(code(open(kBob, kAda)), ErrorCode::blocked);
  const auto room = open(kAda, kBob);
  ASSERT_TRUE(room) << room.error().message;
  EXPECT_EQ(code(open(kBob, kAda)), ErrorCode::blocked);
  EXPECT_EQ(send(*room, kBob), ErrorCode::blocked) << "blocked before there was a room";
  EXPECT_EQ(send(*room, kAda), kDone);
}

TEST_P(BlocksContract, WhoComesBackToTheRoomIsStillBlocked) {
  const auto room = open(kAda, kBob).value();
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  auto back = change(room, kAda, kBob);
  back.reopens_direct = true;
  ASSERT_TRUE(log_.join(back));
  EXPECT_EQ(send(room, kBob), ErrorCode::blocked);
}

TEST_P(BlocksContract, ABlockedOneChangesNoMessagesButTheirOwnByTakingThemBack) {
  const auto room = open(kAda, kBob).value();
  ASSERT_EQ(send(room, kBob), kDone);
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  const auto verdict = [&](decltype(MessageChange::what) what) {
    MessageChange wanted;
    wanted.room_id = room.room_id;
    wanted.actor = kBob;
    wanted.target_seq = 1;
    wanted.msg_id = Uuid::make(random_);
    wanted.what = std::move(what);
    return code(log_.change(wanted));
  };
  EXPECT_EQ(verdict(Edit{"e", "x", {}, {}}), ErrorCode::blocked);
  EXPECT_EQ(verdict(React{"+1"}), ErrorCode::blocked);
  EXPECT_EQ(verdict(Pin{}), ErrorCode::blocked);
  EXPECT_EQ(verdict(Redact{}), kDone);
}

TEST_P(BlocksContract, RoomsOfSeveralAndOtherDirectRoomsKnowNoBlocks) {
  const auto several = make_room(RoomKind::private_room, {kBob});
  const auto other = open(kEve, kBob).value();
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  EXPECT_EQ(send(several, kBob), kDone);
  EXPECT_EQ(send(other, kBob), kDone);
}

TEST_P(BlocksContract, ListsTheLatestFirstAndKnowsALimit) {
  ASSERT_TRUE(blocks_.add(kAda.id, kBob.id));
  ASSERT_TRUE(blocks_.add(kAda.id, kEve.id));
  EXPECT_EQ(*blocks_.blocked_by(kAda.id), (std::vector<std::int64_t>{kEve.id, kBob.id}));
  ASSERT_TRUE(blocks_.remove(kAda.id, kEve.id));
  ASSERT_TRUE(blocks_.remove(kAda.id, kEve.id));
  EXPECT_EQ(*blocks_.blocked_by(kAda.id), std::vector<std::int64_t>{kBob.id});
  EXPECT_TRUE(blocks_.blocked_by(kBob.id)->empty());
  for (std::int64_t id = 100; id < 99 + static_cast<std::int64_t>(kMaxBlocks); ++id) {
    ASSERT_TRUE(blocks_.add(kAda.id, id));
  }
  EXPECT_EQ(code(blocks_.add(kAda.id, kEve.id)), ErrorCode::too_many_blocks);
  EXPECT_TRUE(blocks_.add(kAda.id, kBob.id)) << "blocked already";
}

}  // namespace
}  // namespace confab::message_store
