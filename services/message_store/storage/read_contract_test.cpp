#include "message_store/storage/store_contract_test.hpp"

// Pages of a room's log and heads: RoomLog::read() and heads().
namespace confab::message_store {
namespace {

class ReadContract : public StoreContractTest {
 protected:
  /// "3 4 5+": the seqs of the page, and a plus when there are more.
  std::string shown(const Room& room, const LogRange& range) {
    const auto page = log_.read(room.room_id, 0, range);
    if (!page) return "failed";
    std::string out;
    for (const auto seq : seqs(page->entries)) {
      out += (out.empty() ? "" : " ") + std::to_string(seq);
    }
    return out + (page->more ? "+" : "");
  }
};
INSTANTIATE_TEST_SUITE_P(, ReadContract, both_stores(), store_name);

TEST_P(ReadContract, GivesTheNewestWithoutBounds) {
  const auto room = make_room();
  fill(room, 5);
  EXPECT_EQ(shown(room, {.limit = 3}), "3 4 5+");
  EXPECT_EQ(shown(room, {.limit = 5}), "1 2 3 4 5");
  EXPECT_EQ(shown(room, {.limit = 4}), "2 3 4 5+");
  EXPECT_EQ(shown(room, {.limit = 1}), "5+");
  EXPECT_EQ(shown(room, {.limit = 1000}), "1 2 3 4 5");
}

TEST_P(ReadContract, GoesDownFromABound) {
  const auto room = make_room();
  fill(room, 5);
  EXPECT_EQ(shown(room, {.before = 4, .limit = 2}), "2 3+");
  EXPECT_EQ(shown(room, {.before = 3, .limit = 2}), "1 2");
  EXPECT_EQ(shown(room, {.before = 1}), "");
  EXPECT_EQ(shown(room, {.before = 6, .limit = 2}), "4 5+");
  EXPECT_EQ(shown(room, {.before = 1000, .limit = 2}), "4 5+");
  EXPECT_EQ(shown(room, {.before = UINT64_MAX, .limit = 2}), "4 5+");
}

TEST_P(ReadContract, GoesUpFromABound) {
  const auto room = make_room();
  fill(room, 5);
  EXPECT_EQ(shown(room, {.after = 1, .limit = 2}), "2 3+");
  EXPECT_EQ(shown(room, {.after = 3, .limit = 2}), "4 5");
  EXPECT_EQ(shown(room, {.after = 4, .limit = 2}), "5");
  EXPECT_EQ(shown(room, {.after = 5}), "");
  EXPECT_EQ(shown(room, {.after = 6}), "");
  EXPECT_EQ(shown(room, {.after = 1000}), "");
  EXPECT_EQ(shown(room, {.after = UINT64_MAX}), "");
  EXPECT_EQ(shown(room, {.limit = 2, .from_start = true}), "1 2+");
  EXPECT_EQ(shown(room, {.limit = 5, .from_start = true}), "1 2 3 4 5");
}

TEST_P(ReadContract, GivesWhatLiesBetweenTwoBounds) {
  const auto room = make_room();
  fill(room, 6);
  EXPECT_EQ(shown(room, {.after = 2, .before = 5}), "3 4");
  EXPECT_EQ(shown(room, {.after = 2, .before = 6, .limit = 2}), "3 4+");
  EXPECT_EQ(shown(room, {.after = 4, .before = 5}), "");
  EXPECT_EQ(shown(room, {.after = 5, .before = 3}), "");
  EXPECT_EQ(shown(room, {.before = 3, .limit = 5, .from_start = true}), "1 2");
  EXPECT_EQ(shown(room, {.before = 3, .limit = 1, .from_start = true}), "1+");
}

TEST_P(ReadContract, FindsAnEmptyRoomEmpty) {
  const auto room = make_room();
  for (const LogRange& range : {LogRange{}, {.from_start = true}, {.after = 3}, {.before = 3}}) {
    const auto page = log_.read(room.room_id, kAda.id, range);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->entries.empty());
    EXPECT_FALSE(page->more);
    EXPECT_EQ(page->head.seq, 0U);
    EXPECT_EQ(page->head.epoch, 1U);
    EXPECT_EQ(page->head.check, "");
  }
}

TEST_P(ReadContract, LinksThePagesOfEveryWayOfReading) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 4);
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  ASSERT_TRUE(append(room, {draft("last")}));
  const auto all = log_.read(room.room_id, 0, {.from_start = true})->entries;
  ASSERT_EQ(all.size(), 6U);
  EXPECT_EQ(all[0].prev_check, "");
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i].prev_check, check_of(all[i - 1].msg_id));
  }
  for (const LogRange& range : {LogRange{.limit = 2},
                                {.before = 5, .limit = 2},
                                {.before = 3},
                                {.after = 2, .limit = 2},
                                {.after = 1, .before = 4},
                                {.limit = 3, .from_start = true}}) {
    const auto page = log_.read(room.room_id, 0, range);
    EXPECT_EQ(page->head.check, check_of(all.back().msg_id));
    ASSERT_FALSE(page->entries.empty());
    for (const auto& entry : page->entries) {
      EXPECT_EQ(entry.prev_check, all[entry.seq - 1].prev_check) << entry.seq;
    }
  }
}

TEST_P(ReadContract, ShowsTheLogToMembersOnly) {
  const auto room = make_room(RoomKind::public_room, {kBob});
  EXPECT_TRUE(log_.read(room.room_id, kBob.id, {}));
  EXPECT_EQ(code(log_.read(room.room_id, kEve.id, {})), ErrorCode::not_a_member);
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_EQ(code(log_.read(room.room_id, kBob.id, {})), ErrorCode::not_a_member);
  EXPECT_TRUE(log_.read(room.room_id, 0, {})) << "a gateway itself";
  EXPECT_EQ(code(log_.read(kNoRoom, 0, {})), ErrorCode::room_not_found);
  EXPECT_EQ(code(log_.read(UINT64_MAX, kAda.id, {})), ErrorCode::room_not_found);
}

TEST_P(ReadContract, NeverGoesBeyondTheHeadItTells) {
  const auto room = make_room();
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::thread writer([&] {
    for (int i = 0; i < 60; ++i) {
      const auto id = std::to_string(i);
      if (!append(room, {draft(id + "a"), draft(id + "b")})) ++wrong;
    }
    over = true;
  });
  while (!over) {
    for (const LogRange& range : {LogRange{.limit = 5}, {.limit = 1000, .from_start = true}}) {
      const auto page = log_.read(room.room_id, kAda.id, range);
      const auto last = page->entries.empty() ? 0 : page->entries.back().seq;
      // Both reach up to the head, which batches move by two.
      if (last != page->head.seq || last % 2 != 0) ++wrong;
      if (last > 0 && check_of(page->entries.back().msg_id) != page->head.check) ++wrong;
    }
  }
  writer.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(ReadContract, TellsTheHeadsOfRoomsThatExist) {
  const auto busy = make_room();
  const auto idle = make_room();
  fill(busy, 3);
  auto heads = log_.heads(
      std::vector{busy.room_id, kNoRoom, idle.room_id, busy.room_id, UINT64_MAX, std::uint64_t{0}});
  ASSERT_EQ(heads->size(), 2U);
  std::sort(heads->begin(), heads->end(),
            [](const Head& a, const Head& b) { return a.room_id < b.room_id; });
  EXPECT_EQ((*heads)[0].room_id, busy.room_id);
  EXPECT_EQ((*heads)[0].seq, 3U);
  EXPECT_EQ((*heads)[0].check.size(), kCheckBytes);
  EXPECT_EQ((*heads)[1].room_id, idle.room_id);
  EXPECT_EQ((*heads)[1].seq, 0U);
  EXPECT_EQ((*heads)[1].check, "");
  EXPECT_TRUE(log_.heads({})->empty());
}

}  // namespace
}  // namespace confab::message_store
