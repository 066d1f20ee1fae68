#include "message_store/domain/webhook_worker_fixture_test.hpp"

namespace confab::message_store {
namespace {

using WebhookLeaseTest = WebhookWorkerTest;

TEST_F(WebhookLeaseTest, OnlyWhoHoldsTheLeaseDelivers) {
  make_room(1);
  store.held_by_another = true;
  grow(1, 1);
  step();
  EXPECT_TRUE(sender.ids.empty());
  EXPECT_FALSE(worker->holds());
  store.held_by_another = false;
  step(times.lease_beyond_request);
  EXPECT_EQ(sender.ids.size(), 1U);
  store.held_by_another = true;
  step(times.lease_beyond_request);
  sender.answer(Verdict::delivered);
  step(times.save);
  EXPECT_EQ(store.cursors[1], 0U) << "the other one counts";
  EXPECT_EQ(observer.told, (Texts{"held", "left"}));
}

TEST_F(WebhookLeaseTest, BeginsNothingThatTheLeaseMightNotOutlast) {
  make_room(1);
  step();
  store.failure = Error{ErrorCode::unavailable, "away"};
  step(times.lease_beyond_request);
  store.failure.reset();
  grow(1, 1);
  now += milliseconds(1);
  worker->step();
  EXPECT_TRUE(sender.ids.empty()) << "the lease is too short, and is not renewed yet";
  for (int i = 0; i < 5; ++i) step(seconds(1));
  EXPECT_EQ(sender.ids.size(), 1U);
}

TEST_F(WebhookLeaseTest, LosesTheLeaseWhenItCannotBeRenewed) {
  step();
  store.failure = Error{ErrorCode::unavailable, "away"};
  for (int i = 0; i < 60; ++i) step(seconds(1));
  EXPECT_FALSE(worker->holds());
  EXPECT_EQ(observer.told, (Texts{"held", "left"}));
}

TEST_F(WebhookLeaseTest, GivesTheLeaseUpWhenItStopsWithNothingUnderWay) {
  make_room(1);
  grow(1, 1);
  step();
  sender.answer(Verdict::delivered);
  worker->stop();
  worker->run();
  EXPECT_EQ(store.cursors[1], 1U);
  EXPECT_FALSE(store.holder);
  times.farewell = milliseconds(0);
  start({});
  grow(1, 1);
  step();
  worker->stop();
  worker->run();
  EXPECT_TRUE(store.holder) << "with a request under way it keeps it";
}

}  // namespace
}  // namespace confab::message_store
