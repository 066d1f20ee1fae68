#include <array>
#include <atomic>
#include <set>

#include "message_store/storage/store_contract_test.hpp"

// How messages get their places: RoomLog::append().
namespace confab::message_store {
namespace {

class AppendContract : public StoreContractTest {};
INSTANTIATE_TEST_SUITE_P(, AppendContract, both_stores(), store_name);

TEST_P(AppendContract, GivesSeqsFromOneWithoutHolesInTheOrderOfTheCall) {
  const auto room = make_room();
  EXPECT_EQ(room.head.seq, 0U);
  std::uint64_t last = 0;
  for (const int size : {1, 3, 2}) {
    std::vector<Draft> drafts;
    // Ids that sort against the order of the call.
    for (int i = 0; i < size; ++i) {
      drafts.push_back(draft(std::to_string(9 - i) + "." + std::to_string(last)));
    }
    const auto outcome = append(room, drafts);
    ASSERT_TRUE(outcome);
    for (int i = 0; i < size; ++i) {
      const auto& result = *outcome->results[static_cast<std::size_t>(i)];
      EXPECT_EQ(result.seq, ++last);
      EXPECT_EQ(result.epoch, 1U);
      EXPECT_EQ(result.msg_id, drafts[static_cast<std::size_t>(i)].msg_id);
      EXPECT_FALSE(result.repeat);
      EXPECT_GT(result.created_ms, 0);
    }
  }
}

TEST_P(AppendContract, HandsOverTheNewEntriesAsTheyWillBeRead) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  fill(room, 1);
  const auto outcome = append(room, {draft("a", kBob, "one"), draft("b", kAda, "two")});
  const auto page = log_.read(room.room_id, 0, {.after = 1});
  ASSERT_EQ(outcome->stored.size(), 2U);
  ASSERT_EQ(page->entries.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& stored = outcome->stored[i];
    const auto& read = page->entries[i];
    EXPECT_EQ(stored.room_id, room.room_id);
    EXPECT_EQ(stored.gid, room.gid);
    EXPECT_EQ(stored.epoch, read.epoch);
    EXPECT_EQ(stored.seq, read.seq);
    EXPECT_EQ(stored.msg_id, read.msg_id);
    EXPECT_EQ(stored.prev_check, read.prev_check);
    EXPECT_EQ(stored.kind, EntryKind::message);
    EXPECT_EQ(read.kind, EntryKind::message);
    EXPECT_EQ(stored.actor_id, read.actor_id);
    EXPECT_EQ(read.subject_id, 0);
    EXPECT_EQ(stored.client_msg_id, read.client_msg_id);
    EXPECT_EQ(stored.body, read.body);
    EXPECT_EQ(stored.created_ms, read.created_ms);
    EXPECT_EQ(stored.created_ms, outcome->results[i]->created_ms);
  }
}

TEST_P(AppendContract, LinksEachEntryToTheOneBefore) {
  const auto room = make_room();
  std::string check;
  for (const auto* prefix : {"a", "b"}) {
    const std::vector drafts = {draft(std::string(prefix) + "1"), draft(std::string(prefix) + "2")};
    const auto outcome = append(room, drafts);
    EXPECT_EQ(outcome->stored[0].prev_check, check);
    EXPECT_EQ(outcome->stored[1].prev_check, check_of(drafts[0].msg_id));
    check = check_of(drafts[1].msg_id);
  }
  const auto heads = log_.heads(std::vector{room.room_id});
  EXPECT_EQ(heads->front().check, check);
}

TEST_P(AppendContract, GivesARepeatItsFirstPlace) {
  const auto room = make_room();
  const auto first = append(room, {draft("a"), draft("b"), draft("a", kAda, "other text")});
  ASSERT_EQ(first->stored.size(), 2U);
  EXPECT_TRUE(first->results[2]->repeat);
  EXPECT_EQ(first->results[2]->seq, 1U);
  EXPECT_EQ(first->results[1]->seq, 2U);
  const auto second = append(room, {draft("c"), draft("b"), draft("d")});
  EXPECT_EQ(seqs(second->stored), (std::vector<std::uint64_t>{3, 4}));
  EXPECT_TRUE(second->results[1]->repeat);
  EXPECT_EQ(second->results[1]->seq, 2U);
  EXPECT_EQ(second->results[1]->msg_id, first->results[1]->msg_id);
  EXPECT_EQ(second->results[1]->created_ms, first->results[1]->created_ms);
  EXPECT_EQ(second->stored[0].prev_check, check_of(first->results[1]->msg_id));
  const auto third = append(room, {draft("d"), draft("a")});
  EXPECT_TRUE(third->stored.empty());
  EXPECT_EQ(log_.read(room.room_id, 0, {})->head.seq, 4U);
}

TEST_P(AppendContract, KnowsRepeatsBySenderAndRoom) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  const auto other = make_room();
  EXPECT_FALSE(append(room, {draft("a", kAda)})->results[0]->repeat);
  EXPECT_FALSE(append(room, {draft("a", kBob)})->results[0]->repeat);
  EXPECT_FALSE(append(room, {draft("A", kAda)})->results[0]->repeat);
  EXPECT_FALSE(append(room, {draft("a ", kAda)})->results[0]->repeat);
  EXPECT_FALSE(append(other, {draft("a", kAda)})->results[0]->repeat);
}

TEST_P(AppendContract, FailsOnlyTheMessagesOfThoseWhoAreNoMembers) {
  const auto room = make_room();
  const auto outcome = append(room, {draft("a"), draft("b", kEve), draft("c")});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->results[0]->seq, 1U);
  EXPECT_EQ(code(outcome->results[1]), ErrorCode::not_a_member);
  EXPECT_EQ(outcome->results[2]->seq, 2U);
  const auto alone = append(room, {draft("d", kEve)});
  EXPECT_EQ(code(alone->results[0]), ErrorCode::not_a_member);
  EXPECT_TRUE(alone->stored.empty());
  EXPECT_EQ(code(log_.append(kNoRoom, std::vector{draft("a")})), ErrorCode::room_not_found);
}

TEST_P(AppendContract, RefusesWhoHasLeftButAcknowledgesWhatIsStored) {
  const auto room = make_room(RoomKind::private_room, {kBob});
  ASSERT_TRUE(append(room, {draft("a", kBob)}));
  ASSERT_TRUE(log_.leave(change(room, kBob, kBob)));
  const auto outcome = append(room, {draft("a", kBob), draft("b", kBob)});
  EXPECT_TRUE(outcome->results[0]->repeat);
  EXPECT_EQ(outcome->results[0]->seq, 1U);
  EXPECT_EQ(code(outcome->results[1]), ErrorCode::not_a_member);
  ASSERT_TRUE(log_.join(change(room, kAda, kBob)));
  EXPECT_EQ(append(room, {draft("b", kBob)})->results[0]->seq, 4U);
}

TEST_P(AppendContract, StoresConcurrentRetriesOnce) {
  constexpr int kThreads = 6;
  constexpr int kMessages = 20;
  const auto room = make_room();
  std::atomic<int> originals = 0;
  std::vector<std::vector<std::uint64_t>> places(kThreads);
  std::vector<std::vector<Draft>> drafts(kThreads);
  for (auto& of_thread : drafts) {
    for (int i = 0; i < kMessages; ++i) of_thread.push_back(draft(std::to_string(i)));
  }
  in_threads(kThreads, [&](int thread) {
    const auto mine = static_cast<std::size_t>(thread);
    for (const auto& message : drafts[mine]) {
      const auto outcome = append(room, {message});
      if (!outcome) continue;
      places[mine].push_back(outcome->results[0]->seq);
      if (!outcome->results[0]->repeat) ++originals;
    }
  });
  EXPECT_EQ(originals, kMessages);
  for (const auto& of_thread : places) EXPECT_EQ(of_thread, places[0]);
  EXPECT_EQ(places[0].size(), static_cast<std::size_t>(kMessages));
  EXPECT_EQ(log_.heads(std::vector{room.room_id})->front().seq, 20U);
}

TEST_P(AppendContract, AppendsToSeveralRoomsAtOnceAndFailsEachAlone) {
  const auto one = make_room();
  const auto two = make_room(RoomKind::private_room, {kBob});
  for (std::uint64_t round = 0; round < 3; ++round) {
    const auto id = std::to_string(round);
    const std::vector first = {draft("a" + id), draft("b" + id, kEve), draft("c" + id)};
    const std::vector second = {draft("a" + id, kBob), draft("a0", kBob), draft("b" + id)};
    const std::vector nowhere = {draft("a")};
    const std::vector<RoomDrafts> rooms = {
        {one.room_id, first}, {two.room_id, second}, {kNoRoom, nowhere}};
    const auto outcomes = log_.append_all(rooms);
    ASSERT_TRUE(outcomes);
    ASSERT_EQ(outcomes->size(), 3U);
    const auto& in_one = *(*outcomes)[0];
    EXPECT_EQ(in_one.results[0]->seq, 2 * round + 1);
    EXPECT_EQ(code(in_one.results[1]), ErrorCode::not_a_member);
    EXPECT_EQ(in_one.results[2]->seq, 2 * round + 2);
    const auto& in_two = *(*outcomes)[1];
    EXPECT_EQ(in_two.results[0]->seq, 2 * round + 1);
    EXPECT_TRUE(in_two.results[1]->repeat);
    EXPECT_EQ(in_two.results[1]->seq, 1U);
    EXPECT_EQ(in_two.results[2]->seq, 2 * round + 2);
    EXPECT_EQ(in_two.stored.size(), 2U);
    EXPECT_EQ(code((*outcomes)[2]), ErrorCode::room_not_found);
  }
}

TEST_P(AppendContract, AppendsManyTimesToRoomsItKnows) {
  const auto one = make_room();
  const auto two = make_room();
  std::array<std::string, 2> checks;
  for (std::uint64_t round = 1; round <= 5; ++round) {
    const auto id = std::to_string(round);
    const std::array drafts = {draft(id), draft(id)};
    const std::vector<RoomDrafts> rooms = {{one.room_id, {&drafts[0], 1}},
                                           {two.room_id, {&drafts[1], 1}}};
    const auto outcomes = log_.append_all(rooms);
    ASSERT_TRUE(outcomes);
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& stored = (*outcomes)[i]->stored;
      ASSERT_EQ(stored.size(), 1U);
      EXPECT_EQ(stored[0].seq, round);
      EXPECT_EQ(stored[0].prev_check, checks[i]);
      checks[i] = check_of(drafts[i].msg_id);
    }
  }
}

TEST_P(AppendContract, KeepsAnyTextAndIdAsItIs) {
  const auto room = make_room();
  const std::vector<std::string> odd = {
      "NULL",       "null", "",   " ",     "{}",      "{\"a\",NULL}", "\\",     "\\\\",  "\"",
      "'; DROP --", ",",    "$1", "%s",    "\n\r\t",  "\x01\x7F",     "\\N",    "\\x41", "\\u0000",
      "\xC3\xA9",   "日本", "🍵",  "(1,2)", "a\"b\\c", "ARRAY[1]",     "e\u0301"};
  std::vector<Draft> drafts;
  for (const auto& text : odd) {
    if (!text.empty()) drafts.push_back(draft(text, kAda, text));
  }
  const auto outcome = append(room, drafts);
  ASSERT_TRUE(outcome) << outcome.error().message;
  const auto page = log_.read(room.room_id, 0, {});
  ASSERT_EQ(page->entries.size(), drafts.size());
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    EXPECT_EQ(page->entries[i].client_msg_id, drafts[i].client_msg_id);
    EXPECT_EQ(page->entries[i].body, drafts[i].body);
  }
  EXPECT_TRUE(append(room, drafts)->stored.empty()) << "each is a repeat of itself only";
}

}  // namespace
}  // namespace confab::message_store
