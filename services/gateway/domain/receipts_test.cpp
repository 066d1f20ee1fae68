#include "gateway/domain/receipts.hpp"

#include "gateway/domain/hub_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace testing;

struct ReceiptsTest : HubTest {
  Receipts receipts{hub, loop};
  std::vector<std::shared_ptr<RecordingSubscriber>> crowd;

  void join(const std::shared_ptr<RecordingSubscriber>& subscriber) {
    const std::vector<Admission> rooms(1, {{kRoom, "gid"}, store.logs[kRoom].head()});
    ASSERT_TRUE(loop.finish(hub.join(subscriber, rooms)));
  }
  void join_crowd(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      crowd.push_back(std::make_shared<RecordingSubscriber>(1000 + static_cast<std::int64_t>(i)));
      join(crowd.back());
    }
  }
  void hear(std::int64_t user_id, std::uint64_t seq) {
    receipts.on_receipt({kRoom, user_id, seq, text(user_id, seq)});
    loop.run();
  }
  static std::string text(std::int64_t user_id, std::uint64_t seq) {
    return std::to_string(user_id) + ":" + std::to_string(seq);
  }
};

TEST_F(ReceiptsTest, TellTheLatestPositionOfEachReaderOnceAWindow) {
  join(ann);
  join(bob);
  hear(2, 1);
  hear(2, 3);
  hear(2, 2);
  hear(1, 3);
  loop.pass(Receipts::kShortWindow - 1ms);
  EXPECT_TRUE(ann->seen.empty());
  loop.pass(1ms);
  EXPECT_EQ(ann->seen, (Seen{"1:3", "2:3"}));
  EXPECT_EQ(ann->batches, 1);
  EXPECT_EQ(bob->seen, ann->seen) << "also one's own, for one's other devices";
  loop.pass(10s);
  EXPECT_EQ(ann->batches, 1);
  hear(2, 4);
  loop.pass(Receipts::kShortWindow);
  EXPECT_EQ(ann->seen.back(), "2:4");
}

TEST_F(ReceiptsTest, ComeAfterTheEntriesThatWereHeardBefore) {
  join(ann);
  hear(2, 1);
  loop.pass(Receipts::kShortWindow - 1ms);
  hub.on_entries(kRoom, {shared(store.grow(kRoom))});
  loop.pass(1ms);
  EXPECT_EQ(ann->seen, (Seen{entry(kRoom, 1).json, "2:1"}));
}

TEST_F(ReceiptsTest, WaitLongerInALargeRoomButNotForOnesOwnDevices) {
  join(ann);
  join(bob);
  join_crowd(Receipts::kSmallRoom);
  hear(2, 5);
  EXPECT_EQ(bob->seen, Seen{"2:5"});
  loop.pass(Receipts::kLongWindow - 1ms);
  EXPECT_TRUE(ann->seen.empty());
  loop.pass(1ms);
  EXPECT_EQ(ann->seen, Seen{"2:5"});
}

TEST_F(ReceiptsTest, AreForOnesOwnDevicesAloneInAVeryLargeRoom) {
  join(ann);
  join(bob);
  join_crowd(Receipts::kLargeRoom);
  hear(2, 5);
  loop.pass(60s);
  EXPECT_EQ(bob->seen, Seen{"2:5"});
  EXPECT_TRUE(ann->seen.empty());
}

TEST_F(ReceiptsTest, KeepToTheirBudgetAndTellTheRestLater) {
  join(ann);
  const auto readers = Receipts::kMaxAtOnce + 1;
  for (std::size_t i = 0; i < readers; ++i) hear(static_cast<std::int64_t>(i) + 10, 1);
  loop.pass(Receipts::kShortWindow);
  EXPECT_EQ(ann->seen.size(), Receipts::kMaxAtOnce);
  loop.pass(Receipts::kShortWindow);
  EXPECT_EQ(ann->seen.size(), readers);
  for (std::size_t i = 0; i < 2 * Receipts::kMaxWaiting; ++i) {
    receipts.on_receipt({kRoom, static_cast<std::int64_t>(i), 2, "x"});
  }
  loop.pass(60s);
  EXPECT_EQ(ann->seen.size(), readers + Receipts::kMaxWaiting) << "the rest is dropped";
}

TEST_F(ReceiptsTest, OfARoomNobodyListensToAreForgotten) {
  hear(2, 5);
  join(ann);
  loop.pass(60s);
  EXPECT_TRUE(ann->seen.empty());
}

}  // namespace
}  // namespace confab::gateway
