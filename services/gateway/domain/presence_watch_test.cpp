#include "gateway/domain/presence_watch.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_presence.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using std::chrono_literals::operator""ms;
using Seen = std::vector<std::string>;

constexpr std::uint64_t kRoom = 7;
constexpr UserRange kRange{0, 100};

struct PresenceWatchTest : ::testing::Test {
  TestLoop loop;
  FakeBoard board{loop};
  FakeRoomStore store;
  ManualClock clock;
  CountingRandom random;
  const PresenceWatch::Options options{};
  int failures = 0;
  PresenceWatch presence{board, store, loop, clock, random, options, counters()};
  std::shared_ptr<LookingSession> ann = std::make_shared<LookingSession>(1);
  std::shared_ptr<LookingSession> bob = std::make_shared<LookingSession>(2);

  PresenceWatch::Counters counters() {
    PresenceWatch::Counters counters;
    counters.read_failed = [this] { ++failures; };
    return counters;
  }
  void SetUp() override {
    have(1, 4);
    loop.spawn([this] { return presence.poll(); });
  }
  /// The room has the members `first` to `last`.
  void have(std::int64_t first, std::int64_t last) {
    store.people.items.clear();
    for (auto id = first; id <= last; ++id) {
      Member member;
      member.user = user(id, "user" + std::to_string(id));
      store.people.items.push_back(member);
    }
  }
  std::int64_t now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock.time.time_since_epoch())
        .count();
  }
  /// They are connected, now.
  void mark(const std::vector<std::int64_t>& users) {
    for (const auto id : users) board.marks[id] = now_ms();
  }
  Result<PresencePage> watch(const std::shared_ptr<LookingSession>& session,
                             UserRange range = kRange) {
    return loop.finish(presence.watch(session, {kRoom, "gid"}, range, [] { return true; }));
  }
  /// "1+ 2- 3?"
  static std::string states(const std::vector<Shown>& members) {
    std::string out;
    for (const auto& one : members) {
      out += (out.empty() ? "" : " ") + std::to_string(one.user.id);
      out += !one.online ? "?" : *one.online ? "+" : "-";
    }
    return out;
  }
  static std::string told(const std::vector<std::pair<std::int64_t, bool>>& users,
                          std::int64_t seen_ms = 0) {
    std::vector<Shown> members;
    for (const auto& [id, online] : users) {
      members.push_back({user(id, "user" + std::to_string(id)), online, online ? 0 : seen_ms});
    }
    return presence_event("gid", members)->json();
  }
  /// The time goes by for clocks of both kinds.
  void pass(std::chrono::milliseconds time) {
    for (auto left = time; left.count() > 0; left -= 100ms) {
      clock.time += 100ms;
      loop.pass(100ms);
    }
  }
  /// Until the next poll is over, at the latest.
  void poll() { pass(options.poll * 12 / 10 + 100ms); }
};

TEST_F(PresenceWatchTest, ShowsAPageAtOnceAndTellsWhatBecomesDifferent) {
  mark({1, 2});
  const auto page = watch(ann);
  ASSERT_TRUE(page);
  EXPECT_EQ(states(page->members), "1+ 2+ 3- 4-");
  EXPECT_EQ(page->gid, "gid");
  poll();
  EXPECT_TRUE(ann->seen.empty()) << "nothing has changed";
  mark({1, 2, 3});
  poll();
  EXPECT_EQ(ann->seen, Seen{told({{3, true}})});
  const auto left_at = now_ms();
  for (int i = 0; i < 20; ++i) {
    mark({1, 3});
    poll();
  }
  ASSERT_EQ(ann->seen.size(), 2U);
  EXPECT_NE(ann->seen.back().find(R"({"id":2,"username":"user2","online":false,"last_seen":)"),
            Seen::value_type::npos);
  EXPECT_LE(board.marks[2], left_at);
}

TEST_F(PresenceWatchTest, IsReadOnceForAllWhoLookHoweverManyRoomsShowAUser) {
  watch(ann);
  watch(bob);
  EXPECT_EQ(board.asked.size(), 1U) << "the page is there";
  EXPECT_EQ(store.calls.size(), 1U);
  ASSERT_TRUE(loop.finish(presence.watch(bob, {8, "other"}, kRange, [] { return true; })));
  board.asked.clear();
  poll();
  EXPECT_EQ(board.asked.size(), 1U);
  EXPECT_EQ(board.asked.front(), (std::vector<std::int64_t>{1, 2, 3, 4}));
}

TEST_F(PresenceWatchTest, CostsNothingWhereNobodyLooks) {
  pass(10 * options.poll);
  EXPECT_TRUE(board.asked.empty());
  watch(ann);
  presence.unwatch(*ann, kRoom);
  EXPECT_EQ(presence.pages(), 0U);
  board.asked.clear();
  pass(10 * options.poll);
  EXPECT_TRUE(board.asked.empty());
  mark({1});
  poll();
  EXPECT_TRUE(ann->seen.empty());
}

TEST_F(PresenceWatchTest, OfACrowdThatReconnectsIsNoEventAtAll) {
  have(1, 200);
  std::vector<std::int64_t> crowd;
  for (std::int64_t id = 1; id <= 200; ++id) crowd.push_back(id);
  mark(crowd);
  watch(ann, {0, 200});
  pass(options.online_for * 8 / 10);
  mark(crowd);
  pass(options.online_for * 8 / 10);
  EXPECT_TRUE(ann->seen.empty());
  pass(options.online_for + 2 * options.poll);
  EXPECT_LE(ann->seen.size(), 2U) << "all leave: one event, or two where a poll fell in between";
}

TEST_F(PresenceWatchTest, StaysAsItIsWhileRedisIsAwayAndUntilAllMarksAreRenewed) {
  mark({1, 2});
  watch(ann);
  board.reads.fail_with(ErrorCode::unavailable);
  pass(options.online_for * 3);
  EXPECT_TRUE(ann->seen.empty());
  EXPECT_GT(failures, 0);
  board.reads.work();
  pass(options.online_for / 2);
  EXPECT_TRUE(ann->seen.empty()) << "marks may not have been renewed yet";
  mark({1});
  pass(options.online_for);
  EXPECT_EQ(ann->seen.size(), 1U);
  EXPECT_NE(ann->seen.front().find(R"("id":2)"), Seen::value_type::npos);
}

TEST_F(PresenceWatchTest, StaysAsItIsWhereRedisHasLostAllMarks) {
  mark({1, 2});
  watch(ann);
  poll();
  board.marks.clear();
  pass(options.online_for / 2);
  EXPECT_TRUE(ann->seen.empty());
  mark({1, 2});
  pass(options.online_for * 8 / 10);
  EXPECT_TRUE(ann->seen.empty());
}

TEST_F(PresenceWatchTest, IsUnknownWhereItCannotBeRead) {
  board.reads.fail_with(ErrorCode::unavailable);
  mark({1});
  EXPECT_EQ(states(watch(ann)->members), "1? 2? 3? 4?");
  const auto seen = loop.finish(presence.look(1, "gid", kRange, false));
  EXPECT_EQ(states(seen->members), "1? 2? 3? 4?");
  board.reads.work();
  pass(options.online_for + 2 * options.poll);
  ASSERT_FALSE(ann->seen.empty());
  EXPECT_NE(ann->seen.back().find(R"("id":4,"username":"user4","online":false)"),
            Seen::value_type::npos);
}

TEST_F(PresenceWatchTest, ShowsNothingToWhoShallSeeNothing) {
  mark({1, 2, 3});
  store.people.more = true;
  const auto blind = loop.finish(presence.look(1, "gid", kRange, true));
  EXPECT_EQ(states(blind->members), "1? 2? 3? 4?");
  const auto page = loop.finish(presence.look(1, "gid", kRange, false));
  EXPECT_EQ(states(page->members), "1+ 2+ 3+ 4-");
  EXPECT_EQ(page->next, 4);
  EXPECT_EQ(presence.pages(), 0U);
}

TEST_F(PresenceWatchTest, FollowsWhoComesIntoTheRoomAndLeavesIt) {
  mark({1, 5});
  watch(ann);
  have(2, 5);
  poll();
  EXPECT_TRUE(ann->seen.empty());
  auto joined = entry(kRoom, 1);
  joined.kind = EntryKind::member_joined;
  presence.on_entries(kRoom, {std::make_shared<Entry>(joined)});
  mark({1, 5});
  poll();
  EXPECT_EQ(ann->seen, Seen{told({{5, true}})});
  mark({1, 2});
  poll();
  EXPECT_EQ(ann->seen.back(), told({{2, true}})) << "user1 is no member any more";
}

TEST_F(PresenceWatchTest, CeasesForAWatcherWhoseRemovalWentUnheard) {
  watch(ann);
  store.error = Error{ErrorCode::not_a_member, "by the test"};
  pass(PresenceWatch::kListLife * 2);
  EXPECT_EQ(presence.pages(), 0U);
}

TEST_F(PresenceWatchTest, GivesASlowClientTheWholePageOnceItReads) {
  mark({1});
  watch(ann);
  watch(bob);
  ann->is_slow = true;
  mark({1, 2});
  poll();
  mark({1, 2, 3});
  poll();
  EXPECT_EQ(bob->seen, (Seen{told({{2, true}}), told({{3, true}})}));
  ann->is_slow = false;
  poll();
  EXPECT_EQ(ann->seen, Seen{told({{1, true}, {2, true}, {3, true}, {4, false}})});
  EXPECT_EQ(bob->seen.size(), 2U);
}

TEST_F(PresenceWatchTest, IsToldSeldomWhereManyLook) {
  std::vector<std::shared_ptr<LookingSession>> crowd;
  for (std::int64_t id = 100; id <= 1200; ++id) {
    watch(crowd.emplace_back(std::make_shared<LookingSession>(id)));
  }
  have(1, 100);
  for (std::int64_t id = 1; id <= 4; ++id) {
    for (int i = 0; i < 4; ++i) {
      mark({id});
      poll();
    }
  }
  EXPECT_LE(crowd.front()->seen.size(), 2U);
}

TEST_F(PresenceWatchTest, KeepsToItsBudgetOfMembersLookedAt) {
  have(1, 200);
  const auto rooms = PresenceWatch::kMaxShown / 200;
  for (std::uint64_t room = 1; room <= rooms; ++room) {
    ASSERT_TRUE(loop.finish(presence.watch(ann, {room, "gid"}, {0, 200}, [] { return true; })));
  }
  const auto refused =
      loop.finish(presence.watch(ann, {rooms + 1, "gid"}, {0, 200}, [] { return true; }));
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  presence.unwatch(*ann, 1);
  EXPECT_TRUE(loop.finish(presence.watch(ann, {rooms + 1, "gid"}, {0, 200}, [] { return true; })));
}

TEST_F(PresenceWatchTest, IsForgottenWhenTheClientHasLeftMeanwhile) {
  board.reads.close();
  bool wanted = true;
  const auto page = loop.start(presence.watch(ann, {kRoom, "gid"}, kRange, [&] { return wanted; }));
  loop.run();
  wanted = false;
  board.reads.open();
  loop.run();
  EXPECT_EQ((*page)->error().code, ErrorCode::unavailable);
  EXPECT_EQ(presence.pages(), 0U);
}

}  // namespace
}  // namespace confab::gateway
