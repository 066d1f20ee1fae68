#include <thread>

#include "message_store/domain/room_lanes_test.hpp"

// Transactions for several rooms.
namespace confab::message_store {
namespace {

using RoomBatchesTest = RoomLanesTest;

TEST_F(RoomBatchesTest, AppendsToAllRoomsThatGatheredInOneTransaction) {
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

TEST_F(RoomBatchesTest, TellsASenderOnceOfAllItsMessagesInATransaction) {
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
  NewMessage messages[] = {
      {1, kAda, "a", "hi", "", 7}, {2, kAda, "b", "hi", "", 8}, {2, kAda, "c", "hi", "", 9}};
  lanes->append(messages, sender);
  gate.open();
  lanes.reset();
  EXPECT_EQ(sender->calls, std::vector<std::size_t>{3});
  EXPECT_EQ(sender->correlations, (std::vector<std::uint64_t>{7, 8, 9}));
}

TEST_F(RoomBatchesTest, GivesARoomWithManyMessagesNoMoreThanItsShare) {
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

TEST_F(RoomBatchesTest, LetsARoomThatAnotherSessionHoldsNotFailTheOthers) {
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

TEST_F(RoomBatchesTest, TriesEachRoomAloneWhenAStatementForSeveralFails) {
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
  while (lanes->queued() > 0) std::this_thread::yield();  // Counted down after the answer.
}

TEST_F(RoomBatchesTest, DoesOtherWorkAlsoWithOneWriterThatIsNeverIdle) {
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

TEST_F(RoomBatchesTest, SpacesTransactionsButNeitherTheFirstNorFullOnesNorTheEnd) {
  begin({.writers = 1, .max_batch = 3, .spacing = std::chrono::hours(1)});
  gate.open();
  EXPECT_TRUE(send(2, "at once").get());
  auto a = send(2, "a");
  auto b = send(3, "b");
  auto c = send(2, "c");
  for (auto* full : {&a, &b, &c}) EXPECT_TRUE(full->get());
  auto late = send(2, "late");
  lanes.reset();
  EXPECT_TRUE(late.get());
  EXPECT_EQ(batches, (Batches{{"at once"}, {"a", "c"}, {"b"}, {"late"}}));
}

}  // namespace
}  // namespace confab::message_store
