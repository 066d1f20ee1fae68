#include "gateway/domain/heard_log.hpp"

#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

class ListeningSession final : public Session {
 public:
  explicit ListeningSession(std::int64_t user_id) { who.user = user(user_id, "ann"); }
  [[nodiscard]] std::int64_t user_id() const override { return who.user.id; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const EventBatch&) override {}
  [[nodiscard]] const Identity& identity() const override { return who; }
  void notice(const UserNotice&) override {}
  void look_again() override {}
  void warn_of_expiry() override {}
  void end(EndReason) override {}

  Identity who;
};

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
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {3, {}, 2}))), "by the test");
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
  EXPECT_EQ(store.count("read"), 1U);
  hub.on_entries(kRoom, {shared(fourth)});
  EXPECT_EQ(seqs(loop.finish(log.page(1, kRoom, {2, {}, 5}))), "3 4 ");
  EXPECT_EQ(store.count("read"), 1U);
}

}  // namespace
}  // namespace confab::gateway
