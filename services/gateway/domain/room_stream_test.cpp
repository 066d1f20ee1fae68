#include "gateway/domain/room_stream.hpp"

#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

struct RecordingSubscriber final : Subscriber {
  explicit RecordingSubscriber(std::int64_t user_id = 1) : user(user_id) {}
  [[nodiscard]] std::int64_t user_id() const override { return user; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const EventBatch& batch) override {
    for (const auto& event : batch.events()) {
      seen.push_back(event->name() == "reset" ? "reset" : event->json());
    }
    places.push_back(batch.before().seq);
  }
  std::int64_t user;
  std::vector<std::string> seen;
  std::vector<std::uint64_t> places;  // Before each batch.
};

std::shared_ptr<const Entry> entry(std::uint64_t seq, EntryKind kind = EntryKind::message,
                                   std::int64_t subject = 0, const std::string& fork = "") {
  auto made = std::make_shared<Entry>();
  made->epoch = 1;
  made->seq = seq;
  made->check = "check" + std::to_string(seq) + fork;
  made->prev_check = seq == 1 ? "" : "check" + std::to_string(seq - 1) + fork;
  made->kind = kind;
  made->subject_id = subject;
  made->json = std::to_string(seq);
  return made;
}

struct RoomStreamTest : testing::Test {
  Marks marks;
  RoomStream stream{{1, "gid"}, {1, 0, ""}, marks};
  RecordingSubscriber ann;
  void SetUp() override { stream.join(ann, 0); }
};

using Seen = std::vector<std::string>;

TEST_F(RoomStreamTest, DeliversEachEntryOnceInOrderHoweverTheyArrive) {
  EXPECT_EQ(stream.take(entry(1)), StreamState::in_step);
  EXPECT_EQ(stream.take(entry(1)), StreamState::in_step);
  EXPECT_EQ(stream.take(entry(4)), StreamState::gap);
  EXPECT_EQ(stream.take(entry(3)), StreamState::gap);
  EXPECT_EQ(stream.take(entry(2)), StreamState::in_step);
  EXPECT_EQ(stream.take(entry(2)), StreamState::in_step);
  stream.flush();
  EXPECT_EQ(ann.seen, (Seen{"1", "2", "3", "4"}));
}

TEST_F(RoomStreamTest, NoticesAnotherEntryAtAKnownPlace) {
  stream.take(entry(1));
  EXPECT_EQ(stream.take(entry(1, EntryKind::message, 0, "x")), StreamState::forked);
  EXPECT_EQ(stream.take(entry(2, EntryKind::message, 0, "x")), StreamState::forked);
  stream.reset({2, 7, "check7"});
  EXPECT_EQ(stream.take(entry(8)), StreamState::forked);  // Epoch 1 is over.
  stream.flush();
  EXPECT_EQ(ann.seen, (Seen{"1", "reset"}));
}

TEST_F(RoomStreamTest, ShowsALeavingMemberItsLeaveAndNothingAfter) {
  RecordingSubscriber bob(2);
  stream.join(bob, 0);
  stream.take(entry(1));
  stream.take(entry(2, EntryKind::member_left, 2));
  stream.take(entry(3));
  stream.flush();
  EXPECT_EQ(bob.seen, (Seen{"1", "2"}));
  stream.flush();
  EXPECT_EQ(ann.seen, (Seen{"1", "2", "3"}));
}

TEST_F(RoomStreamTest, KeepsAMemberWhoCameBackBeforeTheirOldLeaveArrived) {
  RecordingSubscriber bob(2);
  stream.join(bob, 3);
  stream.take(entry(1));
  stream.take(entry(2, EntryKind::member_left, 2));
  stream.take(entry(3, EntryKind::member_joined, 2));
  stream.take(entry(4, EntryKind::member_left, 2));
  stream.take(entry(5));
  stream.flush();
  EXPECT_EQ(bob.seen, (Seen{"1", "2", "3", "4"}));
}

TEST_F(RoomStreamTest, BelievesTheLogRatherThanWhatIsHeld) {
  EXPECT_EQ(stream.take(entry(2, EntryKind::message, 0, "forged")), StreamState::gap);
  EXPECT_TRUE(stream.take_stored(entry(1)));
  EXPECT_TRUE(stream.take_stored(entry(2)));
  EXPECT_TRUE(stream.take_stored(entry(2)));
  EXPECT_EQ(stream.advance(), StreamState::in_step);
  EXPECT_FALSE(stream.take_stored(entry(2, EntryKind::message, 0, "x")));
  EXPECT_FALSE(stream.take_stored(entry(4)));
  EXPECT_FALSE(stream.take_stored(entry(3, EntryKind::message, 0, "x")));
  stream.flush();
  EXPECT_EQ(ann.seen, (Seen{"1", "2"}));
}

TEST_F(RoomStreamTest, ForgetsHeldEntriesRatherThanGrowWithoutBound) {
  for (std::uint64_t seq = 2; seq < 3 * RoomStream::kMaxHeld; ++seq) {
    EXPECT_EQ(stream.take(entry(seq)), StreamState::gap);
  }
  EXPECT_EQ(stream.take(entry(1)), StreamState::gap);
  stream.flush();
  EXPECT_EQ(ann.seen, Seen{"1"});
}

TEST_F(RoomStreamTest, ReplaysWhatItStillKeeps) {
  for (std::uint64_t seq = 1; seq <= RoomStream::kRecent + 10; ++seq) stream.take(entry(seq));
  EXPECT_EQ(stream.since(RoomStream::kRecent)->size(), 10U);
  EXPECT_EQ(stream.since(10)->size(), RoomStream::kRecent);
  EXPECT_FALSE(stream.since(9));
  EXPECT_TRUE(stream.since(5000)->empty());
}

TEST_F(RoomStreamTest, GivesPagesThatItKeepsWhole) {
  const auto seqs = [&](LogRange range) {
    std::string out;
    const auto page = stream.page(range);
    if (!page) return std::string("none");
    for (const auto& one : page->entries) out += std::to_string(one.seq) + " ";
    return out + (page->more ? "more" : "end");
  };
  EXPECT_EQ(seqs({{}, {}, 3}), "none");  // Nothing was ever said: the store knows best.
  const auto count = RoomStream::kRecent + 4;
  for (std::uint64_t seq = 1; seq <= count; ++seq) stream.take(entry(seq));
  EXPECT_EQ(seqs({{}, {}, 3}), "258 259 260 more");
  EXPECT_EQ(seqs({{}, 259, 3}), "256 257 258 more");
  EXPECT_EQ(seqs({{}, 6, 3}), "none");
  EXPECT_EQ(seqs({{}, 8, 3}), "5 6 7 more");
  EXPECT_EQ(seqs({257, {}, 2}), "258 259 more");
  EXPECT_EQ(seqs({257, {}, 9}), "258 259 260 end");
  EXPECT_EQ(seqs({260, {}, 9}), "end");
  EXPECT_EQ(seqs({900, {}, 9}), "end");
  EXPECT_EQ(seqs({3, {}, 9}), "none");
}

TEST_F(RoomStreamTest, ComparesWithTheStoresHead) {
  stream.take(entry(1));
  EXPECT_EQ(stream.compare({1, 1, "check1"}), StreamState::in_step);
  EXPECT_EQ(stream.compare({1, 2, "check2"}), StreamState::gap);
  EXPECT_EQ(stream.compare({1, 1, "other"}), StreamState::forked);
  EXPECT_EQ(stream.compare({1, 0, ""}), StreamState::forked);
  EXPECT_EQ(stream.compare({2, 1, "check1"}), StreamState::forked);
}

TEST_F(RoomStreamTest, GivesWhatHasGatheredAsOneBatch) {
  stream.take(entry(1));
  stream.take(entry(3));
  stream.take(entry(2));
  EXPECT_EQ(stream.gathered(), 3U);
  EXPECT_TRUE(ann.seen.empty());
  stream.flush();
  stream.flush();
  stream.take(entry(4));
  stream.flush();
  EXPECT_EQ(ann.seen, (Seen{"1", "2", "3", "4"}));
  EXPECT_EQ(ann.places, (std::vector<std::uint64_t>{0, 3}));
}

TEST_F(RoomStreamTest, FlushesBeforeSomebodyComesOrGoes) {
  RecordingSubscriber bob(2);
  stream.take(entry(1));
  stream.join(bob, 0);
  EXPECT_EQ(ann.seen, Seen{"1"});
  stream.take(entry(2));
  stream.leave(bob);
  EXPECT_EQ(bob.seen, Seen{"2"});
  stream.take(entry(3));
  stream.flush();
  EXPECT_EQ(bob.seen, Seen{"2"});
  EXPECT_EQ(ann.seen, (Seen{"1", "2", "3"}));
}

TEST_F(RoomStreamTest, KeepsEverybodyElseWhenSomeLeave) {
  std::vector<std::unique_ptr<RecordingSubscriber>> many;
  RoomStream other{{2, "other"}, {1, 0, ""}, marks};
  for (int i = 0; i < 20; ++i) {
    many.push_back(std::make_unique<RecordingSubscriber>(10 + i));
    if (i % 2 == 0) other.join(*many.back(), 0);
    stream.join(*many.back(), 0);
    if (i % 2 == 1) other.join(*many.back(), 0);
  }
  for (int i = 0; i < 20; i += 3) stream.leave(*many[static_cast<std::size_t>(i)]);
  RoomStream::leave_all(*many[1]);
  stream.take(entry(1));
  stream.flush();
  other.take(entry(1));
  other.flush();
  for (int i = 0; i < 20; ++i) {
    const auto& one = *many[static_cast<std::size_t>(i)];
    const std::size_t expected = i == 1 ? 0 : (i % 3 == 0 ? 1 : 2);
    EXPECT_EQ(one.seen.size(), expected) << i;
    EXPECT_EQ(stream.has(one), i != 1 && i % 3 != 0) << i;
  }
  EXPECT_EQ(stream.listeners(), 1U + 20U - 7U - 1U);
}

}  // namespace
}  // namespace confab::gateway
