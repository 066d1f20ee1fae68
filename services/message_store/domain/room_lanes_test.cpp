#include "message_store/domain/room_lanes_test.hpp"

// One room's lane; room_batches_test.cpp tries many.
namespace confab::message_store {
namespace {

TEST_F(RoomLanesTest, MakesOneBatchOfWhatGathersWhileTheRoomIsBusy) {
  begin({.writers = 2});
  auto first = keep_busy();
  auto a = send(1, "a");
  auto b = send(1, "b");
  EXPECT_EQ(lanes->queued(), 3U);
  gate.open();
  EXPECT_EQ(first.get()->seq, 1U);
  EXPECT_EQ(a.get()->seq, 2U);
  EXPECT_EQ(b.get()->seq, 3U);
  lanes.reset();
  EXPECT_EQ(batches, (Batches{{"first"}, {"a", "b"}}));
  EXPECT_EQ(reports.at(1).messages, 2U);
}

TEST_F(RoomLanesTest, EndsABatchAtTheMostMessages) {
  begin({.writers = 1, .max_batch = 2});
  auto first = keep_busy();
  for (const auto* id : {"a", "b", "c"}) send(1, id);
  gate.open();
  lanes.reset();
  EXPECT_EQ(batches, (Batches{{"first"}, {"a", "b"}, {"c"}}));
}

TEST_F(RoomLanesTest, EndsABatchAtTheMostBytesButTakesOneMessageOfAnySize) {
  begin({.writers = 1, .max_batch_bytes = 100});
  auto first = keep_busy();
  const std::string forty(40 - message_body("", "").size(), 'x');
  for (const auto* id : {"a", "b", "c"}) send(1, id, forty);
  send(1, "large", std::string(500, 'x'));
  send(1, "d", forty);
  gate.open();
  lanes.reset();
  EXPECT_EQ(batches, (Batches{{"first"}, {"a", "b"}, {"c"}, {"large"}, {"d"}}));
}

TEST_F(RoomLanesTest, RunsOtherWorkAloneAndInItsPlace) {
  begin({.writers = 2});
  auto first = keep_busy();
  auto a = send(1, "a");
  std::vector<std::size_t> batches_before;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(lanes->run(1, [&] {
      const std::lock_guard lock(mutex);
      batches_before.push_back(batches.size());
    }));
  }
  auto b = send(1, "b");
  gate.open();
  lanes.reset();
  EXPECT_EQ(batches, (Batches{{"first"}, {"a"}, {"b"}}));
  EXPECT_EQ(batches_before, (std::vector<std::size_t>{2, 2}));
}

TEST_F(RoomLanesTest, ServesOtherRoomsWhileOneIsBusy) {
  begin({.writers = 2});
  auto first = keep_busy();
  EXPECT_EQ(send(2, "a").get()->seq, 1U);
  EXPECT_EQ(send(3, "b").get()->seq, 1U);
  gate.open();
  EXPECT_TRUE(first.get());
}

TEST_F(RoomLanesTest, NeverWorksOnOneRoomWithTwoThreadsAndKeepsEachSendersOrder) {
  constexpr int kMessages = 300;
  begin({.writers = 4, .max_batch = 7});
  std::array<std::atomic<int>, 4> at_work{};
  std::atomic<bool> collided = false;
  store.before_append([&](std::uint64_t room_id, std::span<const Draft>) {
    if (++at_work[room_id] > 1) collided = true;
    std::this_thread::yield();
    --at_work[room_id];
  });
  std::vector<std::thread> senders;
  std::array<std::vector<std::future<Result<Appended>>>, 4> answers;
  for (std::size_t sender = 0; sender < answers.size(); ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < kMessages; ++i) {
        const auto id = std::to_string(sender) + "." + std::to_string(i);
        answers[sender].push_back(send(1 + static_cast<std::uint64_t>(i) % 3, id));
      }
    });
  }
  for (auto& sender : senders) sender.join();
  for (auto& of_sender : answers) {
    std::array<std::uint64_t, 3> last{};
    for (int i = 0; i < kMessages; ++i) {
      const auto seq = of_sender[static_cast<std::size_t>(i)].get()->seq;
      auto& before = last[static_cast<std::size_t>(i) % 3];
      EXPECT_GT(seq, before);
      before = seq;
    }
  }
  EXPECT_FALSE(collided);
  const auto heads = store.heads(std::vector<std::uint64_t>{1, 2, 3});
  for (const auto& head : *heads) EXPECT_EQ(head.seq, 4U * kMessages / 3);
}

TEST_F(RoomLanesTest, RefusesAtOnceWhatDoesNotFitIntoTheQueue) {
  begin({.writers = 1, .max_queued = 2});
  auto first = keep_busy();
  auto waiting = send(1, "a");
  const auto refused = send(2, "b").get();
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_GT(refused.error().retry_after.count(), 0);
  EXPECT_FALSE(lanes->run(2, [] {}));
  gate.open();
  EXPECT_TRUE(waiting.get());
}

TEST_F(RoomLanesTest, RefusesWhatComesWhileTheQueueHoldsManyBytes) {
  begin({.writers = 1, .max_queued_bytes = 1000});
  auto first = keep_busy();
  const std::string large(700, 'x');
  auto a = send(1, "a", large);
  auto b = send(2, "b", large);
  EXPECT_EQ(send(2, "c").get().error().code, ErrorCode::overloaded);
  gate.open();
  EXPECT_TRUE(a.get());
  EXPECT_TRUE(b.get());
  await_empty_queue();
  EXPECT_TRUE(send(2, "c", std::string(5000, 'x')).get()) << "alone it may have any size";
}

TEST_F(RoomLanesTest, ForgetsTheSizeOfWhatItRefusedBehindAFailure) {
  begin({.writers = 1, .max_queued_bytes = 1000});
  auto first = keep_busy();
  const std::string large(700, 'x');
  auto follower = send(1, "a", large);
  store.fail_with(Error{ErrorCode::unavailable, "away"});
  gate.open();
  EXPECT_FALSE(follower.get());
  store.fail_with(std::nullopt);
  EXPECT_TRUE(send(1, "b", large).get());
  EXPECT_TRUE(send(1, "c", large).get());
}

TEST_F(RoomLanesTest, RefusesABadMessageBeforeItReachesTheStore) {
  begin({});
  EXPECT_EQ(send(1, "a", " ").get().error().code, ErrorCode::empty_text);
  lanes.reset();
  EXPECT_TRUE(batches.empty());
}

TEST_F(RoomLanesTest, TellsTheFailureOfABatchToEachOfItsMessages) {
  begin({.writers = 1});
  auto first = keep_busy();
  auto a = send(1, "a", "hi", kStranger);
  auto b = send(1, "b", "hi", kStranger + 1);
  store.fail_with(Error{ErrorCode::unknown_outcome, "lost"});
  gate.open();
  for (auto* answer : {&first, &a, &b}) {
    EXPECT_EQ(answer->get().error().code, ErrorCode::unknown_outcome);
  }
  store.fail_with(std::nullopt);
  EXPECT_EQ(send(1, "a").get()->seq, 1U) << "the lane works on after a failure";
  lanes.reset();
  EXPECT_TRUE(reports[1].failed);
  EXPECT_EQ(stored, std::vector<std::string>{"a"});
}

TEST_F(RoomLanesTest, RefusesWhatASenderHasWaitingBehindAMessageThatFailed) {
  begin({.writers = 1});
  store.before_append([this](std::uint64_t, std::span<const Draft> drafts) {
    if (drafts.front().client_msg_id == "first") return gate.pass();
    store.fail_with(std::nullopt);
  });
  auto first = keep_busy();
  auto a = send(1, "a");
  auto elsewhere = send(2, "b");
  auto other = send(1, "c", "hi", kStranger);
  store.fail_with(Error{ErrorCode::unknown_outcome, "lost"});
  gate.open();
  EXPECT_EQ(first.get().error().code, ErrorCode::unknown_outcome);
  // Surely not stored, and "first" may come again before it.
  EXPECT_EQ(a.get().error().code, ErrorCode::unavailable);
  EXPECT_TRUE(elsewhere.get());
  EXPECT_EQ(other.get().error().code, ErrorCode::not_a_member) << "another sender's was tried";
  EXPECT_EQ(send(1, "a").get()->seq, 1U);
}

TEST_F(RoomLanesTest, FailsOneMessageAloneAndMarksRepeats) {
  begin({.writers = 1});
  auto first = keep_busy();
  auto a = send(1, "a");
  auto stranger = send(1, "b", "hi", kStranger);
  auto again = send(1, "a");
  gate.open();
  EXPECT_EQ(stranger.get().error().code, ErrorCode::not_a_member);
  const auto original = a.get();
  const auto repeat = again.get();
  EXPECT_FALSE(original->repeat);
  EXPECT_TRUE(repeat->repeat);
  EXPECT_EQ(repeat->seq, original->seq);
  EXPECT_EQ(repeat->msg_id, original->msg_id);
  lanes.reset();
  EXPECT_EQ(stored, (std::vector<std::string>{"first", "a"}));
}

TEST_F(RoomLanesTest, HandsOverWhatIsStoredBeforeItAnswers) {
  begin({});
  gate.open();
  EXPECT_TRUE(send(1, "a").get());
  EXPECT_EQ(steps, (std::vector<std::string>{"stored", "done"}));
}

TEST_F(RoomLanesTest, FinishesWhatIsQueuedBeforeItEnds) {
  begin({.writers = 2, .max_batch = 1});
  auto first = keep_busy();
  std::vector<std::future<Result<Appended>>> answers;
  for (int i = 0; i < 20; ++i) answers.push_back(send(1 + i % 3, std::to_string(i)));
  bool ran = false;
  ASSERT_TRUE(lanes->run(1, [&] { ran = true; }));
  std::thread opener([&] { gate.open(); });
  lanes.reset();
  opener.join();
  EXPECT_TRUE(ran);
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
}

/// Sends another message when the first is answered, and dies with what it owns.
struct Chain final : Sender {
  void settle(std::span<const Settled>) override { then(); }
  std::function<void()> then;
};

TEST_F(RoomLanesTest, MayBeCalledByASenderAndByWhatDiesWithIt) {
  begin({.writers = 1});
  gate.open();
  std::promise<std::size_t> queued_at_death;
  auto second = std::make_shared<OneMessage>([] {});
  auto answer = second->answer.get_future();
  auto chain = std::make_shared<Chain>();
  std::shared_ptr<RoomLanes> owned(
      lanes.get(), [&](const RoomLanes* queue) { queued_at_death.set_value(queue->queued()); });
  chain->then = [&, second, owned = std::move(owned)] {
    NewMessage next[] = {{1, kAda, "b", "hi", ""}};
    lanes->append(next, second);
  };
  NewMessage first[] = {{1, kAda, "a", "hi", ""}};
  lanes->append(first, chain);
  chain.reset();
  EXPECT_LE(queued_at_death.get_future().get(), 2U);
  EXPECT_EQ(answer.get()->seq, 2U);
}

}  // namespace
}  // namespace confab::message_store
