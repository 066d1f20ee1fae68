#include "message_store/storage/message_changes_test.hpp"

// Folded pages and pins: RoomLog::read() with LogRange::folded, and pins().
namespace confab::message_store {
namespace {

class FoldedReadContract : public MessageChangesTest {
 protected:
  /// "1 2e3 4+": messages with what became of them (edited by, pinned, reactions), "+" for more.
  std::string shown(const Result<LogPage>& page) {
    if (!page) return std::string(error_traits(page.error().code).name);
    std::string out;
    for (const auto& entry : page->entries) {
      out += (out.empty() ? "" : " ") + std::to_string(entry.seq);
      for (const auto& state : page->states) {
        if (state.seq == entry.seq) out += shown(state);
      }
    }
    return out + (page->more ? "+" : "");
  }
  std::string shown(const Room& room, LogRange range) {
    range.folded = true;
    return shown(log_.read(room.room_id, 0, range));
  }
  static std::string shown(const MessageState& state) {
    std::string out;
    if (state.edit_seq > 0) out += "e" + std::to_string(state.edit_seq);
    if (state.pinned) out += "p";
    for (const auto& [reaction, count, users] : state.reactions) {
      out += "(" + reaction + std::to_string(count);
      for (const auto user : users) out += "," + std::to_string(user);
      out += ")";
    }
    return out;
  }
};
INSTANTIATE_TEST_SUITE_P(, FoldedReadContract, both_stores(), store_name);

TEST_P(FoldedReadContract, ShowsMessagesAsTheyAreNow) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 3);
  ASSERT_EQ(verdict(room, 2, Edit{"1", "new", {}, {}}), "changed");
  ASSERT_EQ(verdict(room, 2, React{"b"}, kBob), "changed");
  ASSERT_EQ(verdict(room, 2, React{"a"}), "changed");
  ASSERT_EQ(verdict(room, 2, React{"b"}), "changed");
  ASSERT_EQ(verdict(room, 2, Edit{"2", "newer", {}, {}}), "changed");
  ASSERT_EQ(verdict(room, 3, Pin{}), "changed");
  ASSERT_TRUE(append(room, {draft("last")}));
  EXPECT_EQ(shown(room, {}), "1 2e8(b2,2,1)(a1,1) 3p 10");
  const auto page = log_.read(room.room_id, 0, {.folded = true});
  const auto edit = log_.read(room.room_id, 0, {.before = 9, .limit = 1})->entries.front();
  EXPECT_EQ(page->states.front().edit_body, edit.body);
  EXPECT_EQ(page->states.front().edited_ms, edit.created_ms);
  EXPECT_EQ(page->head.seq, 10U);
  EXPECT_EQ(page->head.check, check_of(page->entries.back().msg_id));
  EXPECT_EQ(seqs(log_.read(room.room_id, 0, {})->entries),
            (std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}));
  ASSERT_EQ(verdict(room, 2, React{"b", true}, kBob), "changed");
  ASSERT_EQ(verdict(room, 2, React{"a", true}), "changed");
  ASSERT_EQ(verdict(room, 3, Pin{false}), "changed");
  EXPECT_EQ(shown(room, {}), "1 2e8(b1,1) 3 10");
}

TEST_P(FoldedReadContract, CountsOnlyWhatItShowsInAPage) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 2);
  ASSERT_EQ(verdict(room, 1, React{"a"}), "changed");
  ASSERT_EQ(verdict(room, 1, React{"b"}), "changed");
  ASSERT_TRUE(append(room, {draft("5")}));
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  ASSERT_EQ(verdict(room, 5, Pin{}), "changed");
  EXPECT_EQ(shown(room, {.limit = 1}), "6+");
  EXPECT_EQ(shown(room, {.limit = 2}), "5p 6+");
  EXPECT_EQ(shown(room, {.limit = 3}), "2 5p 6+");
  EXPECT_EQ(shown(room, {.limit = 4}), "1(a1,1)(b1,1) 2 5p 6");
  EXPECT_EQ(shown(room, {.before = 5, .limit = 1}), "2+");
  EXPECT_EQ(shown(room, {.before = 5, .limit = 2}), "1(a1,1)(b1,1) 2");
  EXPECT_EQ(shown(room, {.before = 1, .limit = 2}), "");
  EXPECT_EQ(shown(room, {.after = 1, .limit = 1}), "2+");
  EXPECT_EQ(shown(room, {.after = 2, .limit = 2}), "5p 6");
  EXPECT_EQ(shown(room, {.after = 3, .limit = 1}), "5p+");
  EXPECT_EQ(shown(room, {.after = 4, .limit = 2}), "5p 6");
  EXPECT_EQ(shown(room, {.after = 6, .limit = 2}), "") << "only a change is there";
  EXPECT_EQ(shown(room, {.limit = 2, .from_start = true}), "1(a1,1)(b1,1) 2+");
}

TEST_P(FoldedReadContract, NamesFiftyOfThoseWhoReacted) {
  std::vector<Person> crowd;
  for (std::int64_t id = 100; id < 155; ++id) {
    crowd.push_back({id, "a0000000-0000-4000-8000-000000000" + std::to_string(id),
                     "u" + std::to_string(id), "U"});
  }
  const auto room = make_room(RoomKind::private_room, crowd);
  fill(room, 1);
  for (const auto& person : crowd) ASSERT_EQ(verdict(room, 1, React{"+1"}, person), "changed");
  const auto page = log_.read(room.room_id, 0, {.folded = true});
  const auto& reaction = page->states.at(0).reactions.at(0);
  EXPECT_EQ(reaction.count, 55U);
  ASSERT_EQ(reaction.user_ids.size(), kMaxNamedReactors);
  EXPECT_EQ(reaction.user_ids.front(), 100);
  EXPECT_EQ(reaction.user_ids.back(), 149);
}

TEST_P(FoldedReadContract, HasNothingToAddToARedactedMessage) {
  const auto room = make_room();
  fill(room, 1);
  ASSERT_EQ(verdict(room, 1, Edit{"1", "new", {}, {}}), "changed");
  ASSERT_EQ(verdict(room, 1, React{"+1"}), "changed");
  ASSERT_EQ(verdict(room, 1, Pin{}), "changed");
  ASSERT_EQ(verdict(room, 1, Redact{}), "changed");
  const auto page = log_.read(room.room_id, 0, {.folded = true});
  EXPECT_EQ(seqs(page->entries), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(page->states.empty());
  const auto& redacted = page->entries.front();
  EXPECT_EQ(body(redacted).size(), 1U);
  EXPECT_EQ(at(redacted, "/redacted/seq"), "5");
  EXPECT_EQ(at(redacted, "/redacted/by/username"), R"("ada")");
  EXPECT_EQ(at(redacted, "/redacted/ts"), std::to_string(last(room).created_ms));
}

TEST_P(FoldedReadContract, ListsPinnedMessagesTheLatestFirst) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 3);
  EXPECT_EQ(shown(log_.pins(room.room_id, kBob.id)), "");
  for (const std::uint64_t seq : {2, 3, 1}) ASSERT_EQ(verdict(room, seq, Pin{}), "changed");
  ASSERT_EQ(verdict(room, 3, Edit{"1", "new", {}, {}}), "changed");
  EXPECT_EQ(shown(log_.pins(room.room_id, kBob.id)), "1p 3e7p 2p");
  ASSERT_EQ(verdict(room, 1, Redact{}), "changed");
  ASSERT_EQ(verdict(room, 2, Pin{false}), "changed");
  ASSERT_EQ(verdict(room, 2, Pin{}), "changed");
  EXPECT_EQ(shown(log_.pins(room.room_id, 0)), "2p 3e7p");
  EXPECT_EQ(shown(log_.pins(room.room_id, kEve.id)), "not_a_member");
  EXPECT_EQ(shown(log_.pins(kNoRoom, 0)), "room_not_found");
}

TEST_P(FoldedReadContract, ShowsAMessageWithAllChangesUpToTheHeadItTells) {
  const auto room = make_room();
  fill(room, 1);
  std::atomic<bool> over = false;
  std::atomic<int> wrong = 0;
  std::thread writer([&] {
    for (int i = 0; i < 40; ++i) {
      if (verdict(room, 1, Edit{std::to_string(i), "x", {}, {}}) != "changed") ++wrong;
    }
    over = true;
  });
  while (!over) {
    const auto page = log_.read(room.room_id, kAda.id, {.folded = true});
    // Every entry after the first edits it.
    const auto edit = page->states.empty() ? 1 : page->states.front().edit_seq;
    if (edit != page->head.seq) ++wrong;
  }
  writer.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace confab::message_store
