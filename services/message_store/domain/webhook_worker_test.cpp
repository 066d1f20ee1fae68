#include "message_store/domain/webhook_worker_fixture_test.hpp"

namespace confab::message_store {
namespace {

TEST_F(WebhookWorkerTest, DeliversARoomInOrderOneRequestAtATime) {
  make_room(1);
  grow(1, 3);
  step();
  EXPECT_EQ(sender.ids, Texts{"r1-1-1-3"});
  grow(1, 2);
  step();
  EXPECT_EQ(sender.ids.size(), 1U) << "the room's next request waits";
  sender.answer(Verdict::delivered);
  step();
  EXPECT_EQ(sender.ids.back(), "r1-1-4-5");
  sender.answer(Verdict::delivered);
  step();
  EXPECT_EQ(store.cursors[1], 0U) << "cursors are written together";
  step(times.save);
  EXPECT_EQ(store.cursors[1], 5U);
  EXPECT_EQ(observer.events, 5U);
  mark(1);
  step();
  EXPECT_EQ(sender.ids.size(), 2U) << "nothing is sent twice";
}

TEST_F(WebhookWorkerTest, DoesNotForgetACursorThatIsNotWrittenYet) {
  make_room(1);
  grow(1, 1);
  step();
  sender.answer(Verdict::delivered);
  step();
  grow(1, 1);
  step();
  EXPECT_EQ(sender.ids.back(), "r1-1-2-2");
}

TEST_F(WebhookWorkerTest, FindsWhatNobodyToldOfAtTheStartAndBySweeping) {
  make_room(1);
  make_room(2);
  grow(2, 1, false);
  step();
  EXPECT_EQ(sender.ids, Texts{"r2-1-1-1"});
  grow(1, 1, false);
  step(seconds(1));
  EXPECT_EQ(sender.ids.size(), 1U);
  step(times.sweep);
  EXPECT_EQ(sender.ids.back(), "r1-1-1-1");
}

TEST_F(WebhookWorkerTest, SendsTheSameRequestAgainUntilItIsTaken) {
  make_room(1);
  grow(1, 2);
  step();
  for (int failure = 0; failure < 5; ++failure) {
    sender.answer(Verdict::retry);
    step();
    EXPECT_TRUE(sender.waiting.empty()) << "not at once";
    grow(1, 1);
    for (int i = 0; sender.waiting.empty() && i < 200; ++i) step(seconds(1));
    EXPECT_EQ(sender.ids.back(), "r1-1-1-2");
  }
  sender.answer(Verdict::delivered);
  step();
  EXPECT_EQ(sender.ids.back(), "r1-1-3-7");
}

TEST_F(WebhookWorkerTest, DeliversAllOfALongAbsenceInOrder) {
  make_room(1);
  make_room(2);
  make_room(3);
  for (const std::uint64_t room : {1, 2, 3}) grow(room, 250, false);
  step();
  EXPECT_EQ(sender.waiting.size(), 2U) << "as many as the endpoint may have";
  while (!sender.waiting.empty()) {
    sender.answer(Verdict::delivered);
    step();
  }
  step(times.save);
  for (const std::uint64_t room : {1, 2, 3}) {
    EXPECT_EQ(store.cursors[room], 250U);
    Texts ids;
    for (const auto& id : sender.ids) {
      if (id.starts_with("r" + std::to_string(room))) ids.push_back(id.substr(5));
    }
    EXPECT_EQ(ids, (Texts{"1-100", "101-200", "201-250"}));
  }
  EXPECT_EQ(observer.events, 750U);
}

TEST_F(WebhookWorkerTest, StopsAt410UntilItIsStartedAgain) {
  make_room(1);
  grow(1, 1);
  step();
  sender.answer(Verdict::gone);
  for (int i = 0; i < 100; ++i) {
    grow(1, 1);
    step(seconds(5));
  }
  EXPECT_EQ(sender.ids.size(), 1U);
  EXPECT_TRUE(worker->holds()) << "or another replica would try";
  start({});
  step();
  EXPECT_EQ(sender.ids.size(), 2U);
}

TEST_F(WebhookWorkerTest, WaitsForTheDatabaseWithoutLosingOrSendingTwice) {
  make_room(1);
  grow(1, 1);
  step();
  sender.answer(Verdict::delivered);
  step();
  store.failure = Error{ErrorCode::unavailable, "away"};
  rooms.fail_with(Error{ErrorCode::unavailable, "away"});
  step(times.save);
  EXPECT_GE(observer.stalls, 1U);
  store.failure.reset();
  rooms.fail_with(std::nullopt);
  grow(1, 1);
  for (int i = 0; i < 3; ++i) step(times.pause);
  EXPECT_EQ(store.cursors[1], 1U);
  EXPECT_EQ(sender.ids, (Texts{"r1-1-1-1", "r1-1-2-2"}));
}

TEST_F(WebhookWorkerTest, DeliversWhatItIsToldOfAlsoWhileScansFail) {
  store.most_scanned = 0;
  make_room(1);
  step();
  EXPECT_GE(observer.stalls, 1U);
  grow(1, 1);
  step();
  EXPECT_EQ(sender.ids, Texts{"r1-1-1-1"});
  const auto before = store.scans;
  for (int i = 0; i < 100; ++i) step(seconds(1));
  EXPECT_LT(store.scans - before, 20U) << "after longer and longer";
}

TEST_F(WebhookWorkerTest, ScansFewerRoomsAtOnceWhenManyTakeTooLong) {
  store.most_scanned = 2;
  for (const std::uint64_t room : {1, 2, 3, 4, 5}) {
    make_room(room);
    grow(room, 1, false);
  }
  for (int i = 0; i < 200; ++i) {
    step(seconds(5));
    while (!sender.waiting.empty()) sender.answer(Verdict::delivered);
  }
  for (const std::uint64_t room : {1, 2, 3, 4, 5}) EXPECT_EQ(store.cursors[room], 1U) << room;
}

TEST_F(WebhookWorkerTest, LetsTheOthersGoBeforeARoomItCannotRead) {
  make_room(1);
  make_room(2);
  make_room(3);
  step();
  store.unreadable = 1;
  grow(1, 1);
  step();
  for (const std::uint64_t room : {2, 3}) grow(room, 1);
  step(times.pause);
  std::sort(sender.ids.begin(), sender.ids.end());
  EXPECT_EQ(sender.ids, (Texts{"r2-1-1-1", "r3-1-1-1"}));
  while (!sender.waiting.empty()) sender.answer(Verdict::delivered);
  store.unreadable = 0;
  for (int i = 0; sender.ids.size() < 3 && i < 100; ++i) step(seconds(1));
  EXPECT_EQ(sender.ids.back(), "r1-1-1-1");
}

TEST_F(WebhookWorkerTest, PassesOverWhatTheEndpointDoesNotWant) {
  make_room(1);
  WebhookEndpoint endpoint;
  endpoint.kinds = {EntryKind::member_left};
  start(std::move(endpoint));
  grow(1, 150);
  for (int i = 0; i < 4; ++i) step(times.save);
  EXPECT_TRUE(sender.ids.empty());
  EXPECT_EQ(store.cursors[1], 150U);
}

TEST_F(WebhookWorkerTest, IgnoresMarksThatAreWrong) {
  make_room(1);
  const RoomMark marks[] = {{1, 900, "r1"}, {77, 5, "r77"}};
  worker->mark(marks);
  for (int i = 0; i < 3; ++i) step();
  EXPECT_TRUE(sender.ids.empty());
  EXPECT_GT(worker->step(), now) << "it has nothing to do";
}

TEST_F(WebhookWorkerTest, TellsHowFarBehindItIs) {
  clock.time = std::chrono::system_clock::time_point(seconds(100));
  make_room(1);
  grow(1, 3, false);
  step();
  sender.answer(Verdict::retry);
  step();
  clock.time += seconds(60);
  step(seconds(60));
  EXPECT_EQ(observer.behind_entries, 3U);
  EXPECT_EQ(observer.behind_time, seconds(159));
  sender.answer(Verdict::delivered);
  step();
  step(seconds(1));
  EXPECT_EQ(observer.behind_entries, 0U);
  EXPECT_EQ(observer.behind_time, seconds(0));
}

TEST_F(WebhookWorkerTest, LeavesTheRoomsOfOthersAlone) {
  make_room(1);
  make_room(2);
  WebhookEndpoint endpoint;
  endpoint.rooms = {"r2"};
  start(std::move(endpoint));
  step();
  grow(1, 1);
  grow(2, 1);
  step();
  EXPECT_EQ(sender.ids, Texts{"r2-1-1-1"});
}

}  // namespace
}  // namespace confab::message_store
