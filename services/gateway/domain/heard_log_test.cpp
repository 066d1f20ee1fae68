#include "gateway/domain/heard_log.hpp"

#include "gateway/domain/hub_fixture_test.hpp"
#include "gateway/domain/listening_session_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

struct HeardLogTest : HubTest {
  SessionBook sessions{loop};
  HeardLog log{store, hub, sessions, loop};
  std::shared_ptr<ListeningSession> phone = std::make_shared<ListeningSession>(1);

  void listen(const std::shared_ptr<ListeningSession>& session) {
    sessions.admit(session);
    const std::vector<Admission> rooms(1, {{kRoom, "gid"}, store.logs[kRoom].head()});
    ASSERT_TRUE(loop.finish(hub.join(session, rooms)));
    store.calls.clear();
  }
  /// Said and heard.
  void say(int count) {
    for (int i = 0; i < count; ++i) hub.on_entries(kRoom, {shared(store.grow(kRoom))});
  }
  static std::string seqs(const std::optional<Result<LogPage>>& page) {
    if (!page) return "ask the store";
    if (!*page) return page->error().message;
    std::string out;
    for (const auto& one : (*page)->entries) out += std::to_string(one.seq) + " ";
    return out;
  }
};

TEST_F(HeardLogTest, GivesRecentPagesFromMemory) {
  listen(phone);
  say(10);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {{}, {}, 3}))), "8 9 10 ");
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {{}, 8, 2}))), "6 7 ");
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {7, {}, 50}))), "8 9 10 ");
  EXPECT_TRUE(store.calls.empty());
}

TEST_F(HeardLogTest, TellsNothingToThoseWhoDoNotListen) {
  listen(phone);
  say(1);
  EXPECT_EQ(seqs(loop.finish(log.page(2, kRoom, {{}, {}, 3}))), "ask the store");
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom + 1, {{}, {}, 3}))), "ask the store");
  hub.leave(*phone, kRoom);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {{}, {}, 3}))), "ask the store");
}

TEST_F(HeardLogTest, ReadsAnOlderPageOnceForAllWhoAskAtOnce) {
  store.grow_to(kRoom, 20);
  listen(phone);
  const auto laptop = std::make_shared<ListeningSession>(2);
  listen(laptop);
  store.reads.close();
  const auto one = loop.start(log.page(1, kRoom, {3, {}, 2}));
  const auto two = loop.start(log.page(2, kRoom, {3, {}, 2}));
  const auto other = loop.start(log.page(2, kRoom, {4, {}, 2}));
  loop.run();
  EXPECT_EQ(store.reads.waiting(), 2U);
  hub.leave(*laptop, kRoom);  // Put out while the page is read.
  store.reads.open();
  loop.run();
  EXPECT_EQ(seqs(**one), "4 5 ");
  EXPECT_EQ(seqs(**two), "ask the store");
  EXPECT_EQ(seqs(**other), "ask the store");
  store.reads.fail_with(ErrorCode::unavailable);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {5, {}, 2}))), "by the test");
}

TEST_F(HeardLogTest, ReadsAPageOnceUntilSomethingIsAdded) {
  store.grow_to(kRoom, 20);
  listen(phone);
  const auto newest = [&] { return seqs(loop.finish(log.page(1, kRoom, {{}, {}, 2}))); };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(newest(), "19 20 ");
  EXPECT_EQ(store.count("read"), 1U);
  say(1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(newest(), "20 21 ");
  EXPECT_EQ(store.count("read"), 2U);
  const auto stored = store.grow(kRoom);
  Ack ack;
  ack.epoch = 1;
  ack.seq = stored.seq;
  log.stored(kRoom, ack);  // By a sender here; not heard yet.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(newest(), "21 22 ");
  EXPECT_GT(store.count("read"), 2U);
}

TEST_F(HeardLogTest, GivesNoPageThatWasAskedForBeforeToWhoHasStoredSomethingSince) {
  store.grow_to(kRoom, 20);
  listen(phone);
  store.reads.close();
  const auto before = loop.start(log.page(1, kRoom, {18, {}, 9}));
  loop.run();
  Ack ack;
  ack.epoch = 1;
  ack.seq = store.grow(kRoom).seq;
  log.stored(kRoom, ack);
  const auto after = loop.start(log.page(1, kRoom, {18, {}, 9}));
  loop.run();
  EXPECT_EQ(store.reads.waiting(), 2U);
  store.reads.open();
  loop.run();
  EXPECT_EQ(seqs(**after), "19 20 21 ");
}

TEST_F(HeardLogTest, KeepsPagesNoLongerThanNames) {
  store.grow_to(kRoom, 20);
  listen(phone);
  const auto older = [&] { return loop.finish(log.page(1, kRoom, {3, {}, 1})); };
  EXPECT_EQ(seqs(older()), "4 ");
  store.logs[kRoom].entries[3].json = "renamed";
  EXPECT_NE((**older()).entries.front().json, "renamed");
  loop.pass(KeptPages::kKept);
  EXPECT_EQ((**older()).entries.front().json, "renamed");
}

TEST_F(HeardLogTest, ForgetsPagesThatWereKeptOnceTheyAreChanged) {
  store.grow_to(kRoom, 20);
  listen(phone);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {3, {}, 2}))), "4 5 ");
  Ack ack;
  ack.epoch = 1;
  ack.seq = 20;
  log.changed(kRoom, ack);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {3, {}, 2}))), "4 5 ");
  EXPECT_EQ(store.count("read"), 2U);
}

TEST_F(HeardLogTest, TellsNothingOfAKeptPageToThoseWhoDoNotListen) {
  store.grow_to(kRoom, 20);
  listen(phone);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {3, {}, 2}))), "4 5 ");
  EXPECT_EQ(seqs(loop.finish(log.page(2, kRoom, {3, {}, 2}))), "ask the store");
  hub.leave(*phone, kRoom);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {3, {}, 2}))), "ask the store");
}

TEST_F(HeardLogTest, ShowsWhoChangedTheRoomWhatWasStoredThoughItHasNotBeenHeardYet) {
  listen(phone);
  say(3);
  const auto joined = store.grow(kRoom);
  log.changed(kRoom);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {2, {}, 9}))), "3 4 ");
  hub.on_entries(kRoom, {shared(joined)});
  store.calls.clear();
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {2, {}, 9}))), "3 4 ");
  EXPECT_TRUE(store.calls.empty());
}

TEST_F(HeardLogTest, ShowsASenderWhatWasStoredThoughItHasNotBeenHeardYet) {
  listen(phone);
  say(3);
  const auto fourth = store.grow(kRoom);
  Ack ack;
  ack.epoch = 1;
  ack.seq = 4;
  log.stored(kRoom, ack);
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {2, {}, 5}))), "3 4 ");
  EXPECT_EQ(store.count("read"), 2U);
  hub.on_entries(kRoom, {shared(fourth)});
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {2, {}, 5}))), "3 4 ");
  EXPECT_EQ(store.count("read"), 2U);
}

TEST_F(HeardLogTest, AsksInTheUsersNameForWhatCameAfterTheLastEntryHeard) {
  store.grow_to(kRoom, 20);
  listen(phone);
  say(3);
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 24), 1));
  store.grow_to(kRoom, 26);
  // Put out at 24, of which this gateway has not heard: what follows is not for them.
  EXPECT_TRUE(loop.finish(log.page(1, kRoom, {10, {}, 50})));
  ASSERT_FALSE(store.readers.empty());
  EXPECT_EQ(store.readers.back(), 1) << "the store knows who is in the room";
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {10, {}, 2}))), "11 12 ");
  EXPECT_EQ(store.readers.back(), 0) << "they were in the room then";
  EXPECT_TRUE(loop.finish(log.page(1, kRoom, {10, {}, 2, true})));
  EXPECT_EQ(store.readers.back(), 1) << "what was said then may have been changed since";
}

}  // namespace
}  // namespace confab::gateway
