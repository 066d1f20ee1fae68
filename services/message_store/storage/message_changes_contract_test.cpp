#include "message_store/storage/message_changes_test.hpp"

// Changes of messages: RoomLog::change() and look_up().
namespace confab::message_store {
namespace {

using MessageChangesContract = MessageChangesTest;
INSTANTIATE_TEST_SUITE_P(, MessageChangesContract, both_stores(), store_name);

TEST_P(MessageChangesContract, WritesAChangeIntoTheLogAsItsNextEntry) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 2);
  const auto wanted = of(room, 1, Edit{"e-1", "new", {}, {}});
  const auto outcome = log_.change(wanted);
  ASSERT_TRUE(outcome);
  ASSERT_TRUE(outcome->entry && outcome->place);
  const auto page = log_.read(room.room_id, 0, {.from_start = true});
  ASSERT_EQ(page->entries.size(), 3U);
  EXPECT_EQ(page->head.seq, 3U);
  EXPECT_EQ(page->head.check, check_of(wanted.msg_id));
  for (const auto& entry : {*outcome->entry, page->entries.back()}) {
    EXPECT_EQ(entry.room_id, room.room_id);
    EXPECT_EQ(entry.gid, room.gid);
    EXPECT_EQ(entry.epoch, 1U);
    EXPECT_EQ(entry.seq, 3U);
    EXPECT_EQ(entry.msg_id, wanted.msg_id);
    EXPECT_EQ(entry.prev_check, check_of(page->entries[1].msg_id));
    EXPECT_EQ(entry.kind, EntryKind::message_edited);
    EXPECT_EQ(entry.actor_id, kAda.id);
    EXPECT_EQ(entry.subject_id, 0);
    EXPECT_EQ(entry.target_seq, 1U);
    EXPECT_EQ(entry.created_ms, outcome->place->created_ms);
    EXPECT_EQ(at(entry, "/text"), R"("new")");
    EXPECT_EQ(at(entry, "/target/seq"), "1");
    EXPECT_EQ(at(entry, "/target/msg_id"), "\"" + page->entries.front().msg_id.text() + "\"");
  }
  EXPECT_EQ(outcome->place->seq, 3U);
  EXPECT_FALSE(outcome->place->repeat);
  // The next message goes on from there.
  const auto next = append(room, {draft("next")});
  EXPECT_EQ(next->stored.front().seq, 4U);
  EXPECT_EQ(next->stored.front().prev_check, check_of(wanted.msg_id));
}

TEST_P(MessageChangesContract, GivesARepeatedEditItsFirstPlace) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  ASSERT_TRUE(append(room, {draft("bobs", kBob)}));
  const auto first = log_.change(of(room, 2, Edit{"e", "new", {}, {}}, kBob));
  ASSERT_TRUE(first);
  const auto again = log_.change(of(room, 2, Edit{"e", "newer", {}, {}}, kBob));
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->entry);
  EXPECT_TRUE(again->place->repeat);
  EXPECT_EQ(again->place->seq, first->place->seq);
  EXPECT_EQ(again->place->msg_id, first->place->msg_id);
  EXPECT_EQ(again->place->created_ms, first->place->created_ms);
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_TRUE(log_.change(of(room, 2, Edit{"e", "new", {}, {}}, kBob))) << "though he has left";
  EXPECT_EQ(verdict(room, 2, Edit{"other", "new", {}, {}}, kBob), "not_a_member");
  // The id of an edit is no other's.
  EXPECT_EQ(verdict(room, 1, Edit{"e", "new", {}, {}}), "changed");
  ASSERT_TRUE(append(room, {draft("mine")}));
  EXPECT_EQ(verdict(room, 1, Edit{"mine", "new", {}, {}}), "changed");
  EXPECT_EQ(verdict(room, 6, Edit{"mine", "new", {}, {}}), "already_exists");
}

TEST_P(MessageChangesContract, RedactsWhatADeletedAccountSaidInARoomItHasLeft) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("bobs", kBob), draft("adas")}));
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  EXPECT_EQ(verdict(room, 1, Redact{}, kBob), "not_a_member");
  EXPECT_EQ(verdict(room, 2, Redact{.farewell = true}, kBob), "permission_denied");
  EXPECT_EQ(verdict(room, 1, Redact{.farewell = true}, kBob), "changed");
  EXPECT_EQ(verdict(room, 1, Redact{.farewell = true}, kBob), "as it was");
}

TEST_P(MessageChangesContract, KnowsWhatItsRulesAreAbout) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  ASSERT_TRUE(log_.join(change(room, kAda, kEve)));
  ASSERT_TRUE(log_.leave(change(room, kAda, kEve)));
  EXPECT_EQ(verdict(room, 1, Redact{}, kEve), "not_a_member");
  EXPECT_EQ(verdict(room, 1, Edit{"e", "x", {}, {}}, kBob), "permission_denied");
  EXPECT_EQ(verdict(room, 1, Redact{}, kBob), "permission_denied");
  EXPECT_EQ(verdict(room, 1, Pin{}, kBob), "permission_denied");
  for (const std::uint64_t seq : {0ULL, 2ULL, 99ULL, 0x8000'0000'0000'0000ULL, ~0ULL}) {
    EXPECT_EQ(verdict(room, seq, React{"+1"}), "message_not_found") << seq;
  }
  auto nowhere = of(room, 1, Redact{});
  nowhere.room_id = kNoRoom;
  EXPECT_EQ(code(log_.change(nowhere)), ErrorCode::room_not_found);
  EXPECT_EQ(log_.read(room.room_id, 0, {})->head.seq, 3U) << "nothing was written";
  const auto direct = make_direct();
  ASSERT_TRUE(append(direct, {draft("1")}));
  EXPECT_EQ(verdict(direct, 1, Pin{}, kBob), "changed");
}

TEST_P(MessageChangesContract, TakesTheAgeOfAMessageFromItsOwnClock) {
  const auto room = make_room();
  fill(room, 1);
  auto edit = of(room, 1, Edit{"e", "new", {}, {}});
  edit.edit_window = std::chrono::hours(1);
  EXPECT_TRUE(log_.change(edit));
  const auto sent_ms = log_.read(room.room_id, 0, {})->entries.front().created_ms;
  edit.what = Edit{"later", "new", {}, {}};
  edit.edit_window = std::chrono::milliseconds(1);
  for (;;) {  // Until the clock has gone on far enough.
    edit.msg_id = Uuid::make(random_);
    const auto late = log_.change(edit);
    if (!late) {
      EXPECT_EQ(late.error().code, ErrorCode::edit_window_over);
      break;
    }
    ASSERT_LT(late->place->created_ms - sent_ms, 60'000);
    edit.what = Edit{edit.msg_id.text(), "new", {}, {}};
  }
}

TEST_P(MessageChangesContract, KeepsOfAMessageWhatAnEditDoesNotReplace) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  auto reply = draft("reply");
  reply.body = message_body(Content{"see [1,2]", R"({"a":[1, 2]})", 1, {kBob}});
  ASSERT_TRUE(append(room, {reply}));
  ASSERT_EQ(verdict(room, 2, Edit{"1", "new", {}, {kBob, kEve}}), "changed");
  EXPECT_EQ(at(last(room), "/attributes"), R"({"a":[1,2]})");
  EXPECT_EQ(at(last(room), "/reply_to"), "1");
  EXPECT_EQ(body(last(room)).at("mentions").as_array().size(), 1U) << "eve is not in the room";
  EXPECT_EQ(at(last(room), "/mentions/0/username"), R"("bob")");
  ASSERT_EQ(verdict(room, 2, Edit{"2", "newer", R"({"b":1})", {}}), "changed");
  ASSERT_EQ(verdict(room, 2, Edit{"3", "", {}, {}}), "changed");
  EXPECT_EQ(at(last(room), "/attributes"), R"({"b":1})");
  EXPECT_FALSE(body(last(room)).contains("mentions"));
  EXPECT_EQ(verdict(room, 2, Edit{"4", "", "{}", {}}), "empty_text");
  ASSERT_EQ(verdict(room, 2, Edit{"5", "last", "{}", {}}), "changed");
  EXPECT_FALSE(body(last(room)).contains("attributes"));
  EXPECT_EQ(at(last(room), "/reply_to"), "1");
}

TEST_P(MessageChangesContract, ChangesNothingTwice) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  const auto is_at = [&](std::uint64_t seq, const decltype(MessageChange::what)& what) {
    const auto outcome = log_.change(of(room, 1, what));
    return outcome && !outcome->entry && outcome->place && outcome->place->seq == seq;
  };
  const auto is_nothing = [&](const decltype(MessageChange::what)& what) {
    const auto outcome = log_.change(of(room, 1, what));
    return outcome && !outcome->entry && !outcome->place;
  };
  EXPECT_TRUE(is_nothing(React{"+1", true}));
  EXPECT_TRUE(is_nothing(Pin{false}));
  EXPECT_EQ(verdict(room, 1, React{"+1"}), "changed");
  EXPECT_TRUE(is_at(2, React{"+1"}));
  EXPECT_EQ(verdict(room, 1, React{"+1"}, kBob), "changed") << "of another user";
  EXPECT_EQ(verdict(room, 1, Pin{}), "changed");
  EXPECT_TRUE(is_at(4, Pin{}));
  EXPECT_EQ(verdict(room, 1, React{"+1", true}), "changed");
  EXPECT_TRUE(is_nothing(React{"+1", true}));
  EXPECT_EQ(verdict(room, 1, Redact{}), "changed");
  EXPECT_TRUE(is_at(6, Redact{}));
  EXPECT_TRUE(is_nothing(Pin{false})) << "a redaction unpins";
  EXPECT_EQ(verdict(room, 1, React{"+1"}), "redacted");
  EXPECT_EQ(verdict(room, 1, Pin{}), "redacted");
  EXPECT_EQ(verdict(room, 1, Edit{"e", "x", {}, {}}), "redacted");
  EXPECT_EQ(log_.read(room.room_id, 0, {})->head.seq, 6U);
}

TEST_P(MessageChangesContract, CountsReactionsAndTellsTheCount) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  for (std::size_t i = 0; i < kMaxReactionKinds; ++i) {
    ASSERT_EQ(verdict(room, 1, React{std::to_string(i)}), "changed");
  }
  EXPECT_EQ(verdict(room, 1, React{"more"}, kBob), "too_many_reactions");
  EXPECT_EQ(verdict(room, 1, React{"7"}, kBob), "changed");
  EXPECT_EQ(at(last(room), "/count"), "2");
  EXPECT_EQ(verdict(room, 1, React{"7", true}), "changed");
  EXPECT_EQ(at(last(room), "/count"), "1");
  EXPECT_EQ(at(last(room), "/removed"), "true");
  EXPECT_EQ(verdict(room, 1, React{"3", true}), "changed");
  EXPECT_EQ(verdict(room, 1, React{"more"}, kBob), "changed");
}

TEST_P(MessageChangesContract, PinsAHundredMessagesAtMost) {
  const auto room = make_room();
  fill(room, static_cast<int>(kMaxPins) + 1);
  for (std::uint64_t seq = 1; seq <= kMaxPins; ++seq) {
    ASSERT_EQ(verdict(room, seq, Pin{}), "changed");
  }
  EXPECT_EQ(verdict(room, kMaxPins + 1, Pin{}), "too_many_pins");
  EXPECT_EQ(verdict(room, 5, Pin{false}), "changed");
  EXPECT_EQ(verdict(room, kMaxPins + 1, Pin{}), "changed");
}

TEST_P(MessageChangesContract, GivesEachOfManyAtOnceAPlaceOfItsOwn) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 4);
  std::atomic<int> failed = 0;
  in_threads(4, [&](int thread) {
    for (int i = 0; i < 10; ++i) {
      const auto name = std::to_string(thread) + "-" + std::to_string(i);
      const auto seq = static_cast<std::uint64_t>(thread + 1);
      SystemRandom random;
      auto edit = of(room, seq, Edit{name, name, {}, {}});
      edit.msg_id = Uuid::make(random);
      const Draft message{kBob.id, name, Uuid::make(random), message_body(name, "")};
      if (!log_.change(edit)) ++failed;
      if (!log_.append(room.room_id, {&message, 1})) ++failed;
    }
  });
  EXPECT_EQ(failed, 0);
  const auto page = log_.read(room.room_id, 0, {.limit = 1000, .from_start = true});
  ASSERT_EQ(page->entries.size(), 84U);
  for (std::size_t i = 1; i < page->entries.size(); ++i) {
    EXPECT_EQ(page->entries[i].seq, i + 1);
    EXPECT_EQ(page->entries[i].prev_check, check_of(page->entries[i - 1].msg_id));
  }
}

TEST_P(MessageChangesContract, LooksUpWhatAMessageRefersTo) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  ASSERT_EQ(verdict(room, 1, React{"+1"}), "changed");
  const std::int64_t users[] = {kAda.id, kBob.id, kEve.id};
  const auto found = log_.look_up(room.room_id, 1, users);
  ASSERT_TRUE(found);
  EXPECT_TRUE(found->reply_to_exists);
  auto members = found->members;
  std::sort(members.begin(), members.end());
  EXPECT_EQ(members, (std::vector{kAda.id, kBob.id}));
  for (const std::uint64_t seq : {0ULL, 2ULL, 3ULL, 0x8000'0000'0000'0000ULL, ~0ULL}) {
    EXPECT_FALSE(log_.look_up(room.room_id, seq, {})->reply_to_exists) << seq;
  }
  EXPECT_TRUE(log_.look_up(kNoRoom, 1, users)->members.empty());
}

TEST_P(MessageChangesContract, IsRefusedToThoseWhoOnlyReadAndInAnArchivedRoom) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("a"), draft("b", kBob)}));
  ASSERT_TRUE(changes_.set_role(change(room, kAda, kBob, Role::read_only)));
  EXPECT_EQ(verdict(room, 2, Edit{"e", "new", {}, {}}, kBob), "permission_denied");
  EXPECT_EQ(verdict(room, 1, React{"+1"}, kBob), "permission_denied");
  EXPECT_EQ(verdict(room, 2, Pin{}, kBob), "permission_denied");
  EXPECT_EQ(verdict(room, 2, Redact{}, kBob), "changed") << "one's own";
  RoomPatch patch;
  patch.archived = true;
  ASSERT_TRUE(changes_.update({room.room_id, kAda, patch, Uuid::make(random_)}));
  EXPECT_EQ(verdict(room, 1, Edit{"e", "new", {}, {}}), "permission_denied");
  EXPECT_EQ(verdict(room, 1, React{"+1"}), "permission_denied");
  EXPECT_EQ(verdict(room, 1, Pin{}), "permission_denied");
  EXPECT_EQ(verdict(room, 1, Redact{}), "permission_denied");
  EXPECT_EQ(verdict(room, 2, Redact{}, kBob), "as it was");
  patch.archived = false;
  ASSERT_TRUE(changes_.update({room.room_id, kAda, patch, Uuid::make(random_)}));
  EXPECT_EQ(verdict(room, 1, Redact{}), "changed");
}

TEST_P(MessageChangesContract, IsRefusedToThoseWhoAreBanned) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("a", kBob)}));
  ASSERT_TRUE(changes_.set_ban(change(room, kAda, kBob), true));
  EXPECT_EQ(verdict(room, 1, Edit{"e", "new", {}, {}}, kBob), "not_a_member");
  EXPECT_EQ(verdict(room, 1, Redact{}, kBob), "not_a_member");
  EXPECT_EQ(verdict(room, 1, Redact{}), "changed") << "who is in charge takes it away";
}

}  // namespace
}  // namespace confab::message_store
