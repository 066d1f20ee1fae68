#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

struct HubOpening : HubTest {};

TEST_F(HubOpening, ReadsTheHeadOnlyOnceTheFeedHasConfirmed) {
  feed.confirmations.close();
  const auto joined = start_join(ann);
  EXPECT_EQ(feed.rooms.count(kRoom), 1U);
  EXPECT_EQ(store.count("heads"), 0U);
  feed.confirmations.open();
  loop.run();
  EXPECT_EQ(store.count("heads"), 1U);
  ASSERT_TRUE(*joined && **joined);
}

TEST_F(HubOpening, DeliversOnceWhatIsPublishedBetweenConfirmationAndHead) {
  store.grow_to(kRoom, 2);
  store.heads_asked.close();
  const auto joined = start_join(ann);  // The answer, head 2, is on its way.
  store.grow_to(kRoom, 4);
  for (const auto seq : {2, 3, 3, 4}) hear(static_cast<std::uint64_t>(seq));
  store.heads_asked.open();
  loop.run();
  ASSERT_TRUE(**joined);
  EXPECT_EQ(hub.position(*ann, kRoom)->seq, 4U);
  EXPECT_TRUE(ann->seen.empty());  // It joined at 4.
  say();
  EXPECT_EQ(ann->seen, events(5, 5));
  EXPECT_EQ(store.count("read"), 0U);
}

TEST_F(HubOpening, OpensWhileTheFeedIsAway) {
  feed.up = false;
  join(ann);
  EXPECT_EQ(hub.active_rooms(), 1U);
}

TEST_F(HubOpening, OpensARoomOnceForAllWhoJoinAtTheSameTime) {
  store.heads_asked.close();
  const auto first = start_join(ann);
  const auto second = start_join(bob);
  const auto third = start_resume(bob, {1, 0, ""});
  EXPECT_FALSE(*second);
  store.heads_asked.open();
  loop.run();
  ASSERT_TRUE(**first && **second && **third);
  EXPECT_EQ(store.count("heads"), 1U);
  EXPECT_EQ(feed.rooms[kRoom], 1);
  say();
  EXPECT_EQ(ann->seen, events(1, 1));
  EXPECT_EQ(bob->seen, events(1, 1));
}

TEST_F(HubOpening, OpensSeveralRoomsByOneQuestion) {
  std::vector<Admission> rooms;
  for (std::uint64_t id = 1; id <= 2500; ++id) {
    store.logs[id];
    rooms.push_back(at_head(id));
  }
  rooms.push_back(at_head(1));  // Twice in the list.
  ASSERT_TRUE(loop.finish(hub.join(ann, rooms)));
  EXPECT_EQ(hub.active_rooms(), 2500U);
  EXPECT_EQ(store.calls, (Seen{"heads 1000", "heads 1000", "heads 500"}));
}

TEST_F(HubOpening, FailsForAllWhoWaitAndLeavesNothing) {
  store.heads_asked.close();
  store.heads_asked.fail_with(ErrorCode::unavailable);
  const auto first = start_join(ann);
  const auto second = start_join(bob);
  store.heads_asked.open();
  loop.run();
  EXPECT_EQ((**first).error().code, ErrorCode::unavailable);
  EXPECT_EQ((**second).error().code, ErrorCode::unavailable);
  EXPECT_EQ(hub.active_rooms(), 0U);
  EXPECT_TRUE(feed.rooms.empty());
  EXPECT_FALSE(hub.listens(*ann, kRoom));
  store.heads_asked.work();
  join(ann);
  say();
  EXPECT_EQ(ann->seen, events(1, 1));
}

TEST_F(HubOpening, OpensNoneOfSeveralRoomsWhenOneIsUnknown) {
  auto rooms = only(at_head());
  rooms.push_back({{99, "unknown"}, {}});
  EXPECT_FALSE(loop.finish(hub.join(ann, rooms)));
  EXPECT_EQ(hub.position(*ann, kRoom), std::nullopt);
  EXPECT_FALSE(feed.rooms.contains(99));
}

TEST_F(HubOpening, LetsNobodyInWhoHasGoneMeanwhile) {
  for (auto* valve : {&feed.confirmations, &store.heads_asked}) {
    valve->close();
    auto carl = std::make_shared<RecordingSubscriber>(3);
    const auto joined = start_join(carl);
    carl->is_gone = true;
    hub.leave_all(*carl);
    valve->open();
    loop.run();
    EXPECT_TRUE(**joined);
    EXPECT_FALSE(hub.listens(*carl, kRoom));
    const std::weak_ptr<RecordingSubscriber> kept = carl;
    carl.reset();
    EXPECT_TRUE(kept.expired());
    say();
    watch_heads();
    loop.pass(Hub::kIdleTicks * kTick);  // The room is dropped, to be opened again.
    ASSERT_EQ(hub.active_rooms(), 0U);
  }
}

TEST_F(HubOpening, LetsNobodyInWhoLeftTheRoomMeanwhile) {
  store.heads_asked.close();
  const auto joined = start_join(ann);
  EXPECT_TRUE(hub.listens(*ann, kRoom));
  hub.leave(*ann, kRoom);
  EXPECT_FALSE(hub.listens(*ann, kRoom));
  store.heads_asked.open();
  loop.run();
  EXPECT_TRUE(**joined);
  EXPECT_EQ(hub.position(*ann, kRoom), std::nullopt);
  join(ann);
  say();
  EXPECT_EQ(ann->seen, events(1, 1));
}

TEST_F(HubOpening, LetsNobodyInWhoWasPutOutSinceTheyWereAskedFor) {
  join(bob);
  say();
  const auto before = at_head();  // Ann is a member here…
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 2), 1));
  hear(2);  // …and no more here.
  say();
  ASSERT_TRUE(loop.finish(hub.join(ann, only(before))));
  EXPECT_EQ(hub.position(*ann, kRoom), std::nullopt);
  store.logs[kRoom].entries.push_back(joining(entry(kRoom, 4), 1));
  hear(4);
  ASSERT_TRUE(loop.finish(hub.join(ann, only(before))));
  EXPECT_TRUE(hub.position(*ann, kRoom));
}

TEST_F(HubOpening, LooksInTheLogForWhoWasPutOutBeforeTheRoomWasOpened) {
  say();
  const auto before = at_head();
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 2), 1));
  ASSERT_TRUE(loop.finish(hub.join(ann, only(before))));
  EXPECT_EQ(hub.position(*ann, kRoom), std::nullopt);
  EXPECT_EQ(store.count("read 7 1"), 1U);
  store.reads.fail_with(ErrorCode::unavailable);
  EXPECT_FALSE(loop.finish(hub.join(ann, only(before))));
}

TEST_F(HubOpening, KeepsAMemberWhoseOldLeaveIsStillOnItsWay) {
  join(bob);
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 1), 1));
  store.logs[kRoom].entries.push_back(joining(entry(kRoom, 2), 1));
  join(ann);
  for (const auto seq : {1, 2}) hear(static_cast<std::uint64_t>(seq));
  say();
  EXPECT_EQ(ann->seen, events(1, 3));
}

TEST_F(HubOpening, EndsAMembersSubscriptionWithTheirLeave) {
  join(ann);
  join(bob);
  say();
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 2), 2));
  hear(2);
  say();
  EXPECT_EQ(bob->seen, events(1, 2));
  EXPECT_EQ(ann->seen, events(1, 3));
  EXPECT_FALSE(hub.listens(*bob, kRoom));
}

TEST_F(HubOpening, DeliversNothingAfterLeaving) {
  store.logs[8];
  ASSERT_TRUE(loop.finish(hub.join(ann, {at_head(), at_head(8)})));
  join(bob);
  hub.leave(*ann, kRoom);
  hub.leave(*ann, kRoom);
  hub.leave(*ann, 99);
  say();
  hear(store.grow(8));
  EXPECT_EQ(ann->seen.size(), 1U);  // Of room 8.
  hub.leave_all(*ann);
  hub.leave_all(*ann);
  hear(store.grow(8));
  EXPECT_EQ(ann->seen.size(), 1U);
  EXPECT_EQ(bob->seen, events(1, 1));
}

TEST_F(HubOpening, DropsRoomsNobodyListensToAndOpensThemAgain) {
  watch_heads();
  join(ann);
  loop.pass(2 * Hub::kIdleTicks * kTick);
  EXPECT_EQ(hub.active_rooms(), 1U);
  hub.leave_all(*ann);
  loop.pass((Hub::kIdleTicks - 1) * kTick);
  EXPECT_EQ(hub.active_rooms(), 1U);  // A client that comes right back finds it open.
  loop.pass(kTick);
  EXPECT_EQ(hub.active_rooms(), 0U);
  EXPECT_TRUE(feed.rooms.empty());
  say();  // Nobody hears it.
  join(ann);
  say();
  EXPECT_EQ(ann->seen, events(2, 2));
}

TEST_F(HubOpening, GivesBackTheLogsOfTheQuietestRoomsBeyondItsMemory) {
  constexpr std::size_t kMost = 20'000;
  constexpr std::uint64_t kRooms = 20;
  Hub small(store, feed, loop, {}, kMost);
  for (std::uint64_t room_id = 1; room_id <= kRooms; ++room_id) {
    store.logs[room_id];
    ASSERT_TRUE(loop.finish(small.join(ann, only(at_head(room_id)))));
    for (int i = 0; i < 10; ++i) {
      small.on_entries(room_id, {shared(store.grow(room_id))});
      loop.run();
      ASSERT_LE(small.log_bytes(), kMost);
    }
  }
  EXPECT_TRUE(small.recent_page(kRooms, {{}, {}, 10}));
  EXPECT_FALSE(small.recent_page(1, {{}, {}, 1}));
  ann->seen.clear();
  small.on_entries(1, {shared(store.grow(1))});
  loop.run();
  EXPECT_EQ(ann->seen.size(), 1U) << "the room goes on";
  EXPECT_TRUE(small.recent_page(1, {{}, {}, 1}));
  small.keep_logs_within(0);
  EXPECT_EQ(small.log_bytes(), 0U);
}

TEST_F(HubOpening, KeepsARoomWhileSomebodyIsOnTheirWayIn) {
  watch_heads();
  join(bob);
  hub.leave_all(*bob);
  store.logs[8];
  store.heads_asked.close();
  const auto joined = loop.start(hub.join(ann, {at_head(), at_head(8)}));
  loop.pass(2 * Hub::kIdleTicks * kTick);
  store.heads_asked.open();
  loop.run();
  ASSERT_TRUE(**joined);
  EXPECT_TRUE(hub.position(*ann, kRoom));
}

TEST_F(HubOpening, MayEndWhileCoroutinesWait) {
  store.grow_to(kRoom, 10);
  join(bob);
  store.reads.close();
  const auto first = start_resume(ann, {1, 2, ""});
  const auto second = start_resume(ann, {1, 3, ""});
  store.grow_to(kRoom, 12);
  hear(12);
  EXPECT_FALSE(*first);
  the_hub.reset();  // The loop is destroyed later, and what waits with it.
}

}  // namespace
}  // namespace confab::gateway
