#include "message_store/storage/store_contract_test.hpp"

// ReadPositions, and the lists of RoomLists, which say what is unread.
namespace confab::message_store {
namespace {

class ReadPositionsContract : public StoreContractTest {
 protected:
  std::optional<ReadOutcome> mark(const Room& room, const Person& person, std::uint64_t seq) {
    const ReadMark one[] = {{person, room.room_id, seq}};
    return positions_.mark(one)->front();
  }
  MyRoom mine(const Room& room, const Person& person) {
    for (auto& one : *lists_.rooms_of(person.id, {std::nullopt, 100, true})) {
      if (one.room.room_id == room.room_id) return one;
    }
    ADD_FAILURE() << "not in the list";
    return {};
  }
  std::vector<std::string> listed(const Person& person, const RoomQuery& query) {
    std::vector<std::string> gids;
    for (const auto& one : *lists_.rooms_of(person.id, query)) gids.push_back(one.room.gid);
    return gids;
  }
};
INSTANTIATE_TEST_SUITE_P(, ReadPositionsContract, both_stores(), store_name);

TEST_P(ReadPositionsContract, MovesForwardOnlyAndToTheHeadAtMost) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 5);
  auto outcome = mark(room, kBob, 3);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->seq, 3U);
  EXPECT_TRUE(outcome->moved);
  EXPECT_EQ(outcome->gid, room.gid);
  outcome = mark(room, kBob, 2);
  EXPECT_EQ(outcome->seq, 3U);
  EXPECT_FALSE(outcome->moved);
  EXPECT_EQ(mark(room, kBob, ~std::uint64_t{0})->seq, 5U);
  EXPECT_EQ(mine(room, kBob).read_seq, 5U);
  EXPECT_EQ(mine(room, kAda).read_seq, 0U) << "each their own";
  EXPECT_FALSE(mark(room, kEve, 1));
  Room nowhere;
  nowhere.room_id = kNoRoom;
  EXPECT_FALSE(mark(nowhere, kAda, 1));
}

TEST_P(ReadPositionsContract, TellsTheOutcomeOfEachMarkInTheirOrder) {
  const auto one = make_room(RoomKind::private_room, {kBob});
  const auto two = make_room();
  fill(one, 2);
  fill(two, 3);
  const ReadMark marks[] = {{kEve, one.room_id, 1},
                            {kAda, two.room_id, 3},
                            {kBob, one.room_id, 2},
                            {kAda, one.room_id, 1}};
  const auto outcomes = *positions_.mark(marks);
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_FALSE(outcomes[0]);
  EXPECT_EQ(outcomes[1]->seq, 3U);
  EXPECT_EQ(outcomes[1]->gid, two.gid);
  EXPECT_EQ(outcomes[2]->seq, 2U);
  EXPECT_EQ(outcomes[3]->seq, 1U);
}

TEST_P(ReadPositionsContract, CountsMessagesOfOthersAfterTheReadPosition) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("a"), draft("b", kBob), draft("c"), draft("d")}));
  ASSERT_TRUE(log_.join(change(room, kAda, kEve)));
  EXPECT_EQ(mine(room, kBob).unread, 3U) << "neither one's own nor the joining";
  EXPECT_EQ(mine(room, kAda).unread, 1U);
  EXPECT_EQ(mine(room, kEve).unread, 0U) << "what was said before one came is not unread";
  EXPECT_EQ(mine(room, kEve).read_seq, 5U);
  (void)mark(room, kBob, 1);
  EXPECT_EQ(mine(room, kBob).unread, 2U);
  ASSERT_TRUE(append(room, {draft("e"), draft("f", kEve), draft("g", kBob)}));
  EXPECT_EQ(mine(room, kBob).unread, 4U);
  EXPECT_EQ(mine(room, kEve).unread, 2U);
  (void)mark(room, kBob, 8);
  EXPECT_EQ(mine(room, kBob).unread, 0U);
}

TEST_P(ReadPositionsContract, CountsMessagesAsTheyAreNow) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("a"), draft("b")}));
  const auto change_last = [&](decltype(MessageChange::what) what) {
    MessageChange change{room.room_id, kAda, 2, Uuid::make(random_), std::move(what)};
    ASSERT_TRUE(log_.change(change));
  };
  change_last(React{"+1"});
  change_last(Pin{});
  EXPECT_EQ(mine(room, kBob).last->text, "hi");
  change_last(Edit{"e-1", "hello", {}, {}});
  change_last(Edit{"e-2", "hello all", {}, {}});
  auto seen = mine(room, kBob);
  EXPECT_EQ(seen.unread, 2U);
  EXPECT_EQ(seen.last->seq, 2U);
  EXPECT_EQ(seen.last->text, "hello all");
  const auto active_ms = seen.active_ms;
  change_last(Redact{});
  seen = mine(room, kBob);
  EXPECT_EQ(seen.unread, 1U);
  EXPECT_EQ(seen.last->kind, "redacted");
  EXPECT_EQ(seen.last->text, "");
  EXPECT_EQ(seen.active_ms, active_ms) << "a change of a message is no message";
}

TEST_P(ReadPositionsContract, CountsOnFromWhatWasSaved) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 60);
  (void)mark(room, kBob, 10);
  const MyRoom counted[] = {mine(room, kBob)};
  EXPECT_EQ(counted[0].unread, 50U);
  EXPECT_EQ(counted[0].counted, 50U);
  ASSERT_TRUE(append(room, {draft("x"), draft("y", kBob)}));
  ASSERT_TRUE(lists_.save_counts(kBob.id, counted));
  EXPECT_EQ(mine(room, kBob).unread, 51U);
  (void)mark(room, kBob, 40);
  ASSERT_TRUE(lists_.save_counts(kBob.id, counted)) << "too late: it has been read on";
  EXPECT_EQ(mine(room, kBob).unread, 21U);
}

TEST_P(ReadPositionsContract, ShowsARoomAsItsMemberNeedsIt) {
  auto draft_of_room = blank(RoomKind::private_room, {kBob});
  draft_of_room.topic = "leaves";
  draft_of_room.picture = "https://example.com/tea.png";
  const auto room = *rooms_.create(draft_of_room);
  auto seen = mine(room, kBob);
  EXPECT_FALSE(seen.last);
  EXPECT_EQ(seen.active_ms, room.created_ms);
  EXPECT_EQ(seen.room.topic, "leaves");
  EXPECT_EQ(seen.room.picture, "https://example.com/tea.png");
  EXPECT_EQ(seen.room.created_by.username, "ada");
  ASSERT_TRUE(append(room, {draft("a", kBob, std::string(300, 'x'))}));
  ASSERT_TRUE(log_.join(change(room, kAda, kEve)));
  seen = mine(room, kBob);
  EXPECT_EQ(seen.role, Role::member);
  EXPECT_EQ(seen.room.head.seq, 2U);
  ASSERT_TRUE(seen.last);
  EXPECT_EQ(seen.last->seq, 1U);
  EXPECT_EQ(seen.last->sender, "bob");
  EXPECT_EQ(seen.last->kind, "text");
  EXPECT_EQ(seen.last->text, std::string(kShortText, 'x'));
  EXPECT_TRUE(seen.room.members.empty());
  EXPECT_EQ(mine(make_direct(), kBob).room.members.size(), 2U);
}

TEST_P(ReadPositionsContract, ListsTheLatestActiveFirstPageByPage) {
  std::vector<Room> rooms;
  for (int i = 0; i < 5; ++i) rooms.push_back(make_room());
  std::vector<std::tuple<std::int64_t, std::uint64_t, std::string>> expected;
  for (const auto place : {3U, 0U, 4U, 2U, 1U}) {
    const auto& room = rooms[place];
    const auto told = append(room, {draft("x")})->results.front();
    expected.emplace_back(told->created_ms, room.room_id, room.gid);
  }
  std::sort(expected.rbegin(), expected.rend());
  std::vector<std::string> seen;
  RoomQuery query{std::nullopt, 2, false};
  for (;;) {
    const auto page = *lists_.rooms_of(kAda.id, query);
    if (page.empty()) break;
    for (const auto& one : page) seen.push_back(one.room.gid);
    query.after = RoomCursor{page.back().active_ms, page.back().room.room_id};
  }
  ASSERT_EQ(seen.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(seen[i], std::get<2>(expected[i]));
  EXPECT_TRUE(lists_.rooms_of(kEve.id, query)->empty());
}

TEST_P(ReadPositionsContract, LeavesArchivedRoomsOutUnlessAskedForThem) {
  const auto kept = make_room();
  const auto gone = make_room();
  RoomPatch patch;
  patch.archived = true;
  ASSERT_TRUE(changes_.update({gone.room_id, kAda, patch, Uuid::make(random_)}));
  EXPECT_EQ(listed(kAda, {std::nullopt, 10, false}), std::vector{kept.gid});
  EXPECT_EQ(listed(kAda, {std::nullopt, 10, true}).size(), 2U);
  EXPECT_EQ(rooms_.of_user(kAda.id, 10)->size(), 2U) << "devices hear of its coming back";
}

TEST_P(ReadPositionsContract, ListsPublicRoomsByNameAndFindsThem) {
  std::vector<Room> rooms;
  for (const auto* name : {"tea", "Coffee", "apple", "Tea leaves"}) {
    auto made = blank(RoomKind::public_room, {kBob});
    made.name = name;
    made.topic = name == std::string("apple") ? "pies with 100% TEA_cream" : "";
    rooms.push_back(*rooms_.create(made));
  }
  make_room();
  const auto names = [&](const PublicQuery& query) {
    std::vector<std::string> found;
    for (const auto& one : *lists_.public_rooms(query)) found.push_back(one.room.name);
    return found;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({kEve.id, "", "", 10}), (Names{"apple", "Coffee", "tea", "Tea leaves"}));
  EXPECT_EQ(names({kEve.id, "TEA", "", 10}), (Names{"apple", "tea", "Tea leaves"}));
  EXPECT_EQ(names({kEve.id, "", rooms[1].gid, 1}), Names{"tea"});
  EXPECT_EQ(names({kEve.id, "100%", "", 10}), Names{"apple"});
  EXPECT_EQ(names({kEve.id, "a_c", "", 10}), Names{"apple"}) << "nothing stands for any letter";
  EXPECT_EQ(code(lists_.public_rooms({kEve.id, "", "nowhere1", 5})), ErrorCode::room_not_found);
  EXPECT_TRUE(lists_.public_rooms({kBob.id, "coffee", "", 5})->front().joined);
  EXPECT_FALSE(lists_.public_rooms({kEve.id, "coffee", "", 5})->front().joined);
  RoomPatch patch;
  patch.archived = true;
  ASSERT_TRUE(changes_.update({rooms[1].room_id, kAda, patch, Uuid::make(random_)}));
  EXPECT_EQ(names({kEve.id, "coffee", "", 10}), Names{});
}

TEST_P(ReadPositionsContract, PagesMembersByUserId) {
  const auto room = make_room(RoomKind::private_room, {kBob, kEve});
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  const auto page = *lists_.members(room.room_id, {0, 10});
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].person.username, "ada");
  EXPECT_EQ(page[0].role, Role::owner);
  EXPECT_EQ(page[1].person.username, "eve");
  EXPECT_EQ(page[1].added_by_username, "ada");
  EXPECT_EQ(lists_.members(room.room_id, {0, 1})->size(), 1U);
  EXPECT_EQ(lists_.members(room.room_id, {kAda.id, 10})->front().person.id, kEve.id);
  EXPECT_TRUE(lists_.members(room.room_id, {kEve.id, 10})->empty());
}

TEST_P(ReadPositionsContract, NamesThoseWhoHaveReadAMessage) {
  const auto room = make_room(RoomKind::private_room, {kBob, kEve});
  fill(room, 3);
  (void)mark(room, kBob, 2);
  (void)mark(room, kEve, 3);
  const auto page = *positions_.readers(room.room_id, 2, {0, 10});
  ASSERT_EQ(page.readers.size(), 2U);
  EXPECT_EQ(page.readers[0].person.username, "bob");
  EXPECT_EQ(page.readers[0].seq, 2U);
  EXPECT_EQ(page.readers[1].person.username, "eve");
  EXPECT_EQ(page.next, 0);
  EXPECT_EQ(positions_.readers(room.room_id, 3, {0, 10})->readers.size(), 1U);
  EXPECT_TRUE(positions_.readers(room.room_id, ~std::uint64_t{0}, {0, 10})->readers.empty());
  const auto first = *positions_.readers(room.room_id, 1, {0, 2});
  EXPECT_EQ(first.readers.size(), 1U) << "of ada and bob";
  EXPECT_EQ(first.next, kBob.id);
  EXPECT_EQ(positions_.readers(room.room_id, 1, {first.next, 2})->readers.size(), 1U);
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_EQ(positions_.readers(room.room_id, 1, {0, 10})->readers.size(), 1U);
}

TEST_P(ReadPositionsContract, FindsAMessageByItsSendersId) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  const auto stored = append(room, {draft("a"), draft("b", kBob)});
  const auto found = *positions_.find_message(room.room_id, kBob.id, "b");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->seq, 2U);
  EXPECT_EQ(found->msg_id, stored->stored[1].msg_id);
  EXPECT_EQ(found->created_ms, stored->stored[1].created_ms);
  EXPECT_FALSE(*positions_.find_message(room.room_id, kAda.id, "b"));
  EXPECT_FALSE(*positions_.find_message(kNoRoom, kAda.id, "a"));
  const auto left = log_.leave(change(room, kBob, kBob));
  EXPECT_FALSE(*positions_.find_message(room.room_id, kBob.id, left->entry.client_msg_id));
}

}  // namespace
}  // namespace confab::message_store
