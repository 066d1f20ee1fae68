#include "message_store/domain/room_lanes.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

constexpr std::int64_t kAda = 1;
constexpr std::int64_t kStranger = 99;

/// Answers one message by a future.
struct OneMessage final : Sender {
  explicit OneMessage(std::function<void()> before) : before_answer(std::move(before)) {}
  void settle(std::span<const Settled> results) override {
    for (const auto& settled : results) {
      before_answer();
      answer.set_value(settled.result);
    }
  }
  std::function<void()> before_answer;
  std::promise<Result<Appended>> answer;
};

/// Holds the appends of one room until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void await_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

struct RoomLanesTest : testing::Test {
  FakeStore store;
  ScriptedRandom random;
  Gate gate;
  std::mutex mutex;  // Guards the four below.
  std::vector<std::vector<std::string>> batches;
  std::vector<std::string> stored;
  std::vector<std::string> steps;
  std::vector<BatchReport> reports;
  std::unique_ptr<RoomLanes> lanes;

  RoomLanesTest() {
    for (std::uint64_t room = 1; room <= 3; ++room) {
      const NewRoom made{
          room, "gid" + std::to_string(room), "room", RoomKind::private_room, {kAda, "", "ada", ""},
          {}};
      EXPECT_TRUE(store.create(made));
    }
  }

  /// Appends to room 1 wait at the gate; all are recorded.
  void begin(LaneOptions options) {
    store.before_append([this](std::uint64_t room_id, std::span<const Draft> drafts) {
      {
        const std::lock_guard lock(mutex);
        auto& batch = batches.emplace_back();
        for (const auto& draft : drafts) batch.push_back(draft.client_msg_id);
      }
      if (room_id == 1) gate.pass();
    });
    lanes = std::make_unique<RoomLanes>(
        store, random, options,
        [this](std::span<const Entry> entries) {
          const std::lock_guard lock(mutex);
          for (const auto& entry : entries) stored.push_back(entry.client_msg_id);
          steps.emplace_back("stored");
        },
        [this](const BatchReport& report) {
          const std::lock_guard lock(mutex);
          reports.push_back(report);
        });
  }

  std::future<Result<Appended>> send(std::uint64_t room_id, const std::string& id,
                                     const std::string& text = "hi", std::int64_t sender = kAda) {
    auto sender_of_it = std::make_shared<OneMessage>([this] {
      const std::lock_guard lock(mutex);
      steps.emplace_back("done");
    });
    auto future = sender_of_it->answer.get_future();
    NewMessage message[] = {{room_id, sender, id, text, ""}};
    lanes->append(message, sender_of_it);
    return future;
  }

  /// Sends "first" and leaves it at the gate: what is sent next gathers.
  std::future<Result<Appended>> keep_busy() {
    auto first = send(1, "first");
    gate.await_arrival();
    return first;
  }

  using Batches = std::vector<std::vector<std::string>>;
};

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

TEST_F(RoomLanesTest, RefusesABadMessageBeforeItReachesTheStore) {
  begin({});
  EXPECT_EQ(send(1, "a", " ").get().error().code, ErrorCode::empty_text);
  lanes.reset();
  EXPECT_TRUE(batches.empty());
}

TEST_F(RoomLanesTest, TellsTheFailureOfABatchToEachOfItsMessages) {
  begin({.writers = 1});
  auto first = keep_busy();
  auto a = send(1, "a");
  auto b = send(1, "b");
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

TEST_F(RoomLanesTest, AppendsToAllRoomsThatGatheredInOneTransaction) {
  begin({.writers = 1});
  auto first = keep_busy();
  auto a = send(2, "a");
  auto b = send(3, "b");
  auto c = send(2, "c");
  gate.open();
  EXPECT_EQ(a.get()->seq, 1U);
  EXPECT_EQ(b.get()->seq, 1U);
  EXPECT_EQ(c.get()->seq, 2U);
  lanes.reset();
  ASSERT_EQ(reports.size(), 2U);
  EXPECT_EQ(reports[1].messages, 3U);
  EXPECT_EQ(reports[1].rooms, 2U);
  EXPECT_EQ(batches, (Batches{{"first"}, {"a", "c"}, {"b"}}));
}

TEST_F(RoomLanesTest, TellsASenderOnceOfAllItsMessagesInATransaction) {
  begin({.writers = 1});
  auto first = keep_busy();
  struct Counting final : Sender {
    void settle(std::span<const Settled> results) override {
      calls.push_back(results.size());
      for (const auto& result : results) correlations.push_back(result.correlation);
    }
    std::vector<std::size_t> calls;
    std::vector<std::uint64_t> correlations;
  };
  const auto sender = std::make_shared<Counting>();
  NewMessage messages[] = {{1, kAda, "a", "hi", "", 7}, {2, kAda, "b", "hi", "", 8},
                           {2, kAda, "c", "hi", "", 9}};
  lanes->append(messages, sender);
  gate.open();
  lanes.reset();
  EXPECT_EQ(sender->calls, std::vector<std::size_t>{3});
  EXPECT_EQ(sender->correlations, (std::vector<std::uint64_t>{7, 8, 9}));
}

TEST_F(RoomLanesTest, GivesARoomWithManyMessagesNoMoreThanItsShare) {
  begin({.writers = 1, .max_batch = 4});
  auto first = keep_busy();
  std::vector<std::future<Result<Appended>>> hot;
  for (int i = 0; i < 20; ++i) hot.push_back(send(1, "hot" + std::to_string(i)));
  for (int i = 0; i < 20; ++i) hot.push_back(send(2, "warm" + std::to_string(i)));
  auto quiet = send(3, "quiet");
  gate.open();
  lanes.reset();
  EXPECT_TRUE(quiet.get());
  // Rooms 2 and 3 are ready when "first" is done, room 1 joins behind them.
  const auto found = std::find(batches.begin(), batches.end(), std::vector<std::string>{"quiet"});
  EXPECT_LE(found - batches.begin(), 3) << "in the second transaction, whose rooms are by id";
  for (auto& answer : hot) EXPECT_TRUE(answer.get());
  for (const auto& report : reports) EXPECT_LE(report.messages, 4U);
}

TEST_F(RoomLanesTest, LetsARoomThatAnotherSessionHoldsNotFailTheOthers) {
  begin({.writers = 2});
  store.hold(2);
  auto first = keep_busy();
  auto held = send(2, "a");
  auto held_too = send(2, "b");
  auto free = send(3, "c");
  gate.open();
  EXPECT_EQ(free.get()->seq, 1U);
  EXPECT_EQ(held.get()->seq, 1U) << "alone it waits for the room";
  EXPECT_EQ(held_too.get()->seq, 2U);
}

TEST_F(RoomLanesTest, TriesEachRoomAloneWhenAStatementForSeveralFails) {
  begin({.writers = 2});
  store.choke_on("poison");
  auto first = keep_busy();
  auto before = send(2, "before");
  auto poison = send(2, "poison");
  auto other = send(3, "other");
  gate.open();
  EXPECT_EQ(other.get()->seq, 1U);
  EXPECT_EQ(poison.get().error().code, ErrorCode::internal);
  EXPECT_EQ(before.get().error().code, ErrorCode::internal) << "of the same room";
  EXPECT_EQ(send(2, "after").get()->seq, 1U);
  EXPECT_EQ(lanes->queued(), 0U);
}

TEST_F(RoomLanesTest, DoesOtherWorkAlsoWithOneWriterThatIsNeverIdle) {
  begin({.writers = 1, .max_batch = 1});
  auto first = keep_busy();
  std::vector<std::future<Result<Appended>>> answers;
  for (int i = 0; i < 30; ++i) answers.push_back(send(2, std::to_string(i)));
  std::promise<std::size_t> batches_before;
  ASSERT_TRUE(lanes->run(3, [&] {
    const std::lock_guard lock(mutex);
    batches_before.set_value(batches.size());
  }));
  gate.open();
  EXPECT_LE(batches_before.get_future().get(), 3U);
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
}

TEST_F(RoomLanesTest, SpacesTransactionsButNeitherTheFirstNorFullOnesNorTheEnd) {
  begin({.writers = 1, .max_batch = 3, .spacing = std::chrono::hours(1)});
  gate.open();
  EXPECT_TRUE(send(2, "at once").get());
  auto a = send(2, "a");
  auto b = send(3, "b");
  auto c = send(2, "c");
  for (auto* full : {&a, &b, &c}) EXPECT_TRUE(full->get());
  auto late = send(2, "late");
  EXPECT_EQ(lanes->queued(), 1U);
  lanes.reset();
  EXPECT_TRUE(late.get());
  EXPECT_EQ(batches, (Batches{{"at once"}, {"a", "c"}, {"b"}, {"late"}}));
}

}  // namespace
}  // namespace confab::message_store
