#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

struct HubRepair : HubTest {};

TEST_F(HubRepair, ReadsAGapOnceHoweverManyEntriesArriveMeanwhile) {
  join(ann);
  join(bob);
  store.grow_to(kRoom, 9);
  store.reads.close();
  for (std::uint64_t seq = 3; seq <= 9; ++seq) hear(seq);
  EXPECT_EQ(gaps, 1);
  EXPECT_EQ(store.count("read"), 1U);
  EXPECT_EQ(store.readers.back(), 0);
  store.reads.open();
  loop.run();
  EXPECT_EQ(ann->seen, events(1, 9));
  EXPECT_EQ(bob->seen, events(1, 9));
  EXPECT_EQ(store.count("read"), 1U);
}

TEST_F(HubRepair, ReadsOnUntilALongGapIsFilled) {
  join(ann);
  store.grow_to(kRoom, 2000);
  hear(2000);
  EXPECT_EQ(ann->seen, events(1, 2000));
  EXPECT_EQ(store.count("read"), 7U);  // Of 300 each.
}

TEST_F(HubRepair, ReadsAgainWhenAnotherGapOpensDuringTheRead) {
  join(ann);
  store.grow_to(kRoom, 3);
  store.reads.close();
  hear(3);  // The answer holds 1 to 3.
  store.grow_to(kRoom, 6);
  hear(6);
  store.reads.open();
  loop.run();
  EXPECT_EQ(ann->seen, events(1, 6));
}

TEST_F(HubRepair, FindsALostLastEntryByTheNextHeadCheck) {
  watch_heads();
  join(ann);
  store.grow_to(kRoom, 2);
  loop.pass(kTick);
  EXPECT_EQ(ann->seen, events(1, 2));
  EXPECT_EQ(gaps, 1);
}

TEST_F(HubRepair, MendsAFailedReadByTheNextHeadCheck) {
  watch_heads();
  join(ann);
  store.reads.fail_with(ErrorCode::unavailable);
  store.grow_to(kRoom, 3);
  hear(3);
  EXPECT_EQ(failed_reads, 1);
  store.reads.work();
  store.heads_asked.fail_with(ErrorCode::unavailable);
  loop.pass(kTick);
  EXPECT_EQ(failed_reads, 2);
  EXPECT_TRUE(ann->seen.empty());
  store.heads_asked.work();
  loop.pass(kTick);
  EXPECT_EQ(ann->seen, events(1, 3));
}

TEST_F(HubRepair, ComparesAllHeadsAtOnceWhenTheFeedIsBack) {
  join(ann);
  store.grow_to(kRoom, 2);
  hub.on_feed_back();
  loop.run();
  EXPECT_EQ(ann->seen, events(1, 2));
}

TEST_F(HubRepair, IgnoresHeadsOlderThanWhatItHasHeard) {
  join(ann);
  say_to(3);
  store.heads_asked.close();
  hub.on_feed_back();
  loop.run();
  say_to(5);
  store.heads_asked.open();
  loop.run();
  EXPECT_EQ(ann->seen, events(1, 5));
  EXPECT_EQ(gaps + forks, 0);
}

TEST_F(HubRepair, IgnoresHeadsOfAnEpochThatIsOver) {
  join(ann);
  say_to(3);
  store.heads_asked.close();
  hub.on_feed_back();
  loop.run();
  store.logs[kRoom].epoch = 2;
  say();  // 4, of epoch 2.
  store.heads_asked.open();
  loop.run();
  Seen expected = events(1, 3);
  expected.emplace_back("reset");
  EXPECT_EQ(ann->seen, expected);
  EXPECT_EQ(forks, 1);
}

TEST_F(HubRepair, ResetsOnceWhenTheLogIsOfANewEpochAndGoesOn) {
  join(ann);
  join(bob);
  say_to(5);
  store.logs[kRoom].epoch = 2;
  store.logs[kRoom].entries.resize(3);
  store.reads.close();
  say();  // 4 of epoch 2, which the answer on its way has as its head.
  say();
  store.reads.open();
  loop.run();
  hear(entry(kRoom, 6));  // Of the old log, late.
  say();                  // 6 of epoch 2.
  Seen expected = events(1, 5);
  expected.emplace_back("reset");
  for (const auto& json : events(5, 6)) expected.push_back(json);
  EXPECT_EQ(ann->seen, expected);
  EXPECT_EQ(bob->seen, expected);
  EXPECT_EQ(logs_replaced, 1);
}

TEST_F(HubRepair, TellsWhenTheStoreKnowsARoomNoMoreThatSomebodyListensTo) {
  join(ann);
  say_to(2);
  hub.on_feed_back();
  loop.run();
  EXPECT_EQ(logs_replaced, 0);
  store.logs.erase(kRoom);
  hub.on_feed_back();
  loop.run();
  hub.on_feed_back();
  loop.run();
  EXPECT_EQ(logs_replaced, 1);
  EXPECT_EQ(ann->seen, events(1, 2));
}

TEST_F(HubRepair, ResetsOnceWhenAPlaceHoldsAnotherEntry) {
  join(ann);
  say_to(5);
  auto& log = store.logs[kRoom];  // A failover has forgotten 4 and 5 and given 4 again.
  log.entries.resize(3);
  store.grow(kRoom, "x");
  store.grow(kRoom, "x");
  hear(5);
  store.grow(kRoom, "x");
  hear(6);
  Seen expected = events(1, 5);
  expected.emplace_back("reset");
  expected.push_back(events(6, 6).front());
  EXPECT_EQ(ann->seen, expected);
  EXPECT_EQ(forks, 1);
}

TEST_F(HubRepair, ResetsWhenTheEntriesItNeedsAreNoMoreInTheLog) {
  join(ann);
  say_to(2);
  store.grow_to(kRoom, 9);
  auto& entries = store.logs[kRoom].entries;
  entries.erase(entries.begin(), entries.begin() + 5);
  hub.on_feed_back();
  loop.run();
  Seen expected = events(1, 2);
  expected.emplace_back("reset");
  EXPECT_EQ(ann->seen, expected);
}

TEST_F(HubRepair, DeliversNoForgedEntriesAndIsNotWedgedByThem) {
  join(ann);
  say();
  auto wrong_link = entry(kRoom, 2, "forged");
  auto same_place = entry(kRoom, 1, "forged");
  auto other_epoch = entry(kRoom, 2, "", 9);
  auto far_away = entry(kRoom, 1'000'000'000, "forged");
  auto next_but_one = entry(kRoom, 4, "forged");
  for (const auto& forged : {wrong_link, same_place, other_epoch, far_away, next_but_one}) {
    hear(forged);
    EXPECT_EQ(ann->seen, events(1, 1));
  }
  const auto reads = store.count("read");
  say_to(6);
  EXPECT_EQ(ann->seen, events(1, 6));
  EXPECT_EQ(store.count("read"), reads);  // And nothing of them is left.
}

TEST_F(HubRepair, PrefersTheLogToForgedEntriesItHolds) {
  join(ann);
  store.reads.close();
  store.grow_to(kRoom, 3);
  hear(entry(kRoom, 2, "forged"));
  hear(3);
  store.reads.open();
  loop.run();
  EXPECT_EQ(ann->seen, events(1, 3));
}

TEST_F(HubRepair, EndsRepairsThoughForgedEntriesKeepComing) {
  join(ann);
  for (std::uint64_t i = 0; i < 100; ++i) {
    hub.on_entries(kRoom, {shared(entry(kRoom, 50 + i, "forged"))});
    if (i % 7 == 0) store.grow(kRoom);
    loop.run();
  }
  EXPECT_LE(store.count("read"), 201U);
  hub.on_feed_back();
  loop.run();
  EXPECT_EQ(ann->seen, events(1, 15));
}

TEST_F(HubRepair, BoundsWhatItKeepsBeforeTheHeadIsKnown) {
  store.heads_asked.close();
  const auto joined = start_join(ann);
  store.grow_to(kRoom, 5);
  for (std::uint64_t i = 0; i < 3 * RoomStream::kMaxHeld; ++i) hear(entry(kRoom, 1'000'000 + i));
  store.heads_asked.open();
  loop.run();
  ASSERT_TRUE(**joined);
  say();
  EXPECT_EQ(ann->seen, events(1, 6));  // It joined at 0, as the store had answered.
}

TEST_F(HubRepair, IgnoresEntriesOfRoomsNobodyOpened) {
  hub.on_entries(99, {shared(entry(99, 1))});
  loop.run();
  EXPECT_EQ(hub.active_rooms(), 0U);
  EXPECT_TRUE(store.calls.empty());
}

}  // namespace
}  // namespace confab::gateway
