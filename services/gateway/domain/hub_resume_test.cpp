#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

struct HubResume : HubTest {};

TEST_F(HubResume, GivesExactlyWhatWasMissedFromMemory) {
  join(bob);
  say_to(9);
  const auto replay = resume(ann, 4);
  EXPECT_FALSE(replay.reset);
  EXPECT_EQ(json_of(replay), events(5, 9));
  EXPECT_EQ(replay.head.seq, 9U);
  EXPECT_EQ(store.count("read"), 0U);
  say();
  EXPECT_EQ(ann->seen, events(10, 10));
}

TEST_F(HubResume, GivesExactlyWhatWasMissedFromTheStore) {
  store.grow_to(kRoom, 9);
  const auto replay = resume(ann, 4);
  EXPECT_EQ(json_of(replay), events(5, 9));
  EXPECT_EQ(replay.head.seq, 9U);
}

TEST_F(HubResume, JoinsWhatTheStoreAndWhatMemoryHolds) {
  store.grow_to(kRoom, 20);
  join(bob);
  say_to(30);
  const auto replay = resume(ann, 15);
  EXPECT_EQ(json_of(replay), events(16, 30));
}

TEST_F(HubResume, GivesNothingToWhoMissedNothing) {
  say_to(3);
  const auto replay = resume(ann, 3);
  EXPECT_FALSE(replay.reset);
  EXPECT_TRUE(replay.events.empty());
  EXPECT_EQ(store.count("read"), 0U);
}

TEST_F(HubResume, NeitherLosesNorRepeatsNorReordersWhatComesDuringTheRead) {
  store.grow_to(kRoom, 9);
  join(ann);  // Subscribed before, even.
  store.reads.close();
  const auto resumed = start_resume(ann, {1, 4, ""});
  say_to(12);
  EXPECT_TRUE(ann->seen.empty());
  store.reads.open();
  loop.run();
  EXPECT_EQ(json_of(***resumed), events(5, 12));
  EXPECT_EQ((**resumed)->head.seq, 12U);
  say();
  EXPECT_EQ(ann->seen, events(13, 13));
}

TEST_F(HubResume, LeavesOutWhatTheStoreHasButTheFeedHasNotBroughtYet) {
  store.grow_to(kRoom, 5);
  join(bob);
  store.grow_to(kRoom, 8);
  const auto replay = resume(ann, 2);
  EXPECT_EQ(json_of(replay), events(3, 5));
  for (std::uint64_t seq = 6; seq <= 8; ++seq) hear(seq);
  EXPECT_EQ(ann->seen, events(6, 8));
}

TEST_F(HubResume, TellsWhoMissedTooMuchToReset) {
  store.grow_to(kRoom, Hub::kMaxReplay + 1);
  EXPECT_FALSE(resume(ann, 1).reset);
  const auto replay = resume(ann, 0);
  EXPECT_TRUE(replay.reset);
  EXPECT_TRUE(replay.events.empty());
  EXPECT_EQ(replay.head.seq, Hub::kMaxReplay + 1);
  say();
  EXPECT_EQ(ann->seen, events(Hub::kMaxReplay + 2, Hub::kMaxReplay + 2));
}

TEST_F(HubResume, TellsWhoMissedTooManyBytesToReset) {
  for (int i = 0; i < 3; ++i) {
    store.grow(kRoom);
    store.logs[kRoom].entries.back().json.resize(Hub::kMaxReplayBytes / 2, 'x');
  }
  EXPECT_TRUE(resume(ann, 0).reset);
  EXPECT_EQ(resume(ann, 1).events.size(), 2U);
}

TEST_F(HubResume, TellsWhoComesFromAnotherEpochOrFromTheFutureToReset) {
  say_to(3);
  for (const auto& from : {Position{2, 1, ""}, Position{0, 3, ""}, Position{1, 4, ""}}) {
    const auto replay = loop.finish(hub.resume(ann, at_head(), from));
    ASSERT_TRUE(replay);
    EXPECT_TRUE(replay->reset) << from.epoch << ":" << from.seq;
    EXPECT_EQ(replay->head.seq, 3U);
  }
}

TEST_F(HubResume, CatchesUpWithAClientThatWasAheadOnAnotherGateway) {
  join(bob);
  say_to(3);
  store.grow_to(kRoom, 6);  // Not heard here yet.
  const auto replay = resume(ann, 5);
  EXPECT_FALSE(replay.reset);
  EXPECT_EQ(json_of(replay), events(6, 6));
  EXPECT_EQ(bob->seen, events(1, 6));
}

TEST_F(HubResume, CatchesUpWithAnEpochItHasNotHeardOf) {
  join(bob);
  say_to(3);
  store.logs[kRoom].epoch = 2;
  store.grow(kRoom);
  const auto replay = loop.finish(hub.resume(ann, at_head(), Position{2, 3, ""}));
  ASSERT_TRUE(replay);
  EXPECT_FALSE(replay->reset);
  EXPECT_EQ(json_of(*replay), events(4, 4));
  EXPECT_EQ(bob->seen.back(), "reset");
}

TEST_F(HubResume, GivesNothingOfTwoLogsWhenOneReplacesTheOtherDuringTheRead) {
  store.grow_to(kRoom, 9);
  join(bob);
  store.reads.close();
  const auto resumed = start_resume(ann, {1, 4, ""});
  store.logs[kRoom].epoch = 2;
  say();
  store.reads.let_last_through();  // That of the repair.
  loop.run();
  store.reads.open();
  loop.run();
  // Whether Ann is still let in must be asked again, since what was known is of the old log.
  EXPECT_EQ((**resumed).error().code, ErrorCode::unavailable);
  const auto replay = resume(ann, 4);
  EXPECT_TRUE(replay.reset);
  EXPECT_EQ(replay.head.epoch, 2U);
  EXPECT_EQ(bob->seen, Seen{"reset"});
  say();
  EXPECT_EQ(ann->seen, events(11, 11));
}

TEST_F(HubResume, ResetsWhenTheLogHasAHoleThere) {
  store.grow_to(kRoom, 9);
  auto& entries = store.logs[kRoom].entries;
  entries.erase(entries.begin(), entries.begin() + 5);
  EXPECT_TRUE(resume(ann, 2).reset);
  EXPECT_FALSE(resume(ann, 5).reset);
}

TEST_F(HubResume, GivesAnErrorAndNoSubscriptionWhenTheStoreIsAway) {
  store.grow_to(kRoom, 9);
  store.reads.fail_with(ErrorCode::unavailable);
  const auto replay = loop.finish(hub.resume(ann, at_head(), Position{1, 4, ""}));
  EXPECT_EQ(replay.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(hub.listens(*ann, kRoom));
  store.reads.work();
  EXPECT_EQ(json_of(resume(ann, 4)), events(5, 9));
}

TEST_F(HubResume, GivesTwoResumesOfOneClientNothingTwice) {
  store.grow_to(kRoom, 9);
  join(bob);
  store.reads.close();
  const auto first = start_resume(ann, {1, 4, ""});
  const auto joined = start_join(ann);
  const auto second = start_resume(ann, {1, 9, ""});
  say();
  store.reads.open();
  loop.run();
  EXPECT_EQ(json_of(***first), events(5, 10));
  ASSERT_TRUE(**joined);
  EXPECT_EQ(json_of(***second), events(10, 10));
  say();
  EXPECT_EQ(ann->seen, events(11, 11));
}

TEST_F(HubResume, LetsNobodyInWhoHasGoneMeanwhile) {
  store.grow_to(kRoom, 9);
  store.reads.close();
  auto carl = std::make_shared<RecordingSubscriber>(3);
  const auto resumed = start_resume(carl, {1, 4, ""});
  carl->is_gone = true;
  hub.leave_all(*carl);
  store.reads.open();
  loop.run();
  EXPECT_TRUE(**resumed);
  EXPECT_FALSE(hub.listens(*carl, kRoom));
  const std::weak_ptr<RecordingSubscriber> kept = carl;
  carl.reset();
  EXPECT_TRUE(kept.expired());
  say();
}

TEST_F(HubResume, LetsNobodyInWhoLeftTheRoomMeanwhile) {
  store.grow_to(kRoom, 9);
  store.reads.close();
  const auto resumed = start_resume(ann, {1, 4, ""});
  hub.leave(*ann, kRoom);
  const auto joined = start_join(ann);  // And comes back.
  store.reads.open();
  loop.run();
  EXPECT_EQ((**resumed).error().code, ErrorCode::unavailable);
  ASSERT_TRUE(**joined);
  hub.leave(*ann, kRoom);
  say();
  EXPECT_TRUE(ann->seen.empty());
}

TEST_F(HubResume, LetsNobodyInWhoIsPutOutDuringTheRead) {
  store.grow_to(kRoom, 9);
  join(bob);
  store.reads.close();
  const auto resumed = start_resume(ann, {1, 4, ""});
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 10), 1));
  hear(10);
  say();
  store.reads.open();
  loop.run();
  EXPECT_EQ((**resumed).error().code, ErrorCode::not_a_member);
  EXPECT_FALSE(hub.listens(*ann, kRoom));
}

TEST_F(HubResume, LetsAMemberInAgainWhoLeftAndCameBackInWhatTheyMissed) {
  say_to(3);
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 4), 1));
  store.logs[kRoom].entries.push_back(joining(entry(kRoom, 5), 1));
  say();
  const auto replay = resume(ann, 2);
  EXPECT_EQ(json_of(replay), events(3, 6));
  EXPECT_TRUE(hub.listens(*ann, kRoom));
}

TEST_F(HubResume, LooksForALeaveAlsoWhereTheClientIsToldToReset) {
  say_to(3);
  join(bob);
  const auto before = at_head();
  store.logs[kRoom].entries.push_back(leaving(entry(kRoom, 4), 1));
  hear(4);
  const auto replay = loop.finish(hub.resume(ann, before, Position{1, 99, ""}));
  EXPECT_EQ(replay.error().code, ErrorCode::not_a_member);
}

}  // namespace
}  // namespace confab::gateway
