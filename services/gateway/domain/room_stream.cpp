#include "gateway/domain/room_stream.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::gateway {
namespace {

std::string event_name(EntryKind kind) {
  switch (kind) {
    case EntryKind::message:
      return "message";
    case EntryKind::member_joined:
      return "member.joined";
    case EntryKind::member_left:
      return "member.left";
    case EntryKind::unknown:
      return "entry";  // Of a newer store: clients still see seq grow by one.
  }
  return "entry";
}

}  // namespace

std::shared_ptr<const LiveEvent> to_event(const Entry& entry) {
  return std::make_shared<LiveEvent>(event_name(entry.kind), entry.json);
}

std::shared_ptr<const LiveEvent> reset_event(const std::string& gid, const Position& head) {
  std::string json = R"({"room":)";
  append_json_string(json, gid);
  json += R"(,"epoch":)" + std::to_string(head.epoch) + R"(,"head":{"epoch":)" +
          std::to_string(head.epoch) + R"(,"seq":)" + std::to_string(head.seq) + "}}";
  return std::make_shared<LiveEvent>("reset", std::move(json));
}

StreamState RoomStream::take(const std::shared_ptr<const Entry>& entry) {
  if (entry->epoch != last_.epoch) return StreamState::forked;
  if (entry->seq <= last_.seq) {
    const bool same = entry->seq != last_.seq || entry->check == last_.check;
    return same ? advance() : StreamState::forked;
  }
  if (held_.size() >= kMaxHeld) held_.clear();
  held_.emplace(entry->seq, entry);
  return advance();
}

bool RoomStream::take_stored(const std::shared_ptr<const Entry>& entry) {
  if (entry->epoch != last_.epoch) return false;
  if (entry->seq < last_.seq) return true;
  if (entry->seq == last_.seq) return entry->check == last_.check;
  if (entry->seq != last_.seq + 1 || entry->prev_check != last_.check) return false;
  deliver(entry);
  return true;
}

StreamState RoomStream::advance() {
  while (!held_.empty()) {
    const auto next = held_.begin();
    if (next->first > last_.seq + 1) return StreamState::gap;
    const auto entry = next->second;
    held_.erase(next);
    if (entry->seq <= last_.seq) continue;
    if (entry->prev_check != last_.check) {
      held_.clear();  // Some of these are not of this log; the log itself will tell which.
      return StreamState::forked;
    }
    deliver(entry);
  }
  return StreamState::in_step;
}

void RoomStream::deliver(const std::shared_ptr<const Entry>& entry) {
  last_.seq = entry->seq;
  last_.check = entry->check;
  recent_.push_back(entry);
  if (recent_.size() > kRecent) recent_.pop_front();
  if (!listeners_.empty()) {
    const auto event = to_event(*entry);
    for (const auto& listener : listeners_) listener.subscriber->deliver(event);
  }
  if (entry->kind == EntryKind::member_left) {
    // Their leaving is the last thing they see of the room, exactly.
    std::erase_if(listeners_, [&](const Listener& listener) {
      return listener.subscriber->user_id() == entry->subject_id && entry->seq > listener.member_at;
    });
  }
}

StreamState RoomStream::compare(const Position& head) const {
  if (head.epoch != last_.epoch || head.seq < last_.seq) return StreamState::forked;
  if (head.seq > last_.seq) return StreamState::gap;
  return head.check == last_.check ? StreamState::in_step : StreamState::forked;
}

void RoomStream::reset(const Position& head) {
  last_ = head;
  ++resets_;
  recent_.clear();
  held_.clear();
  const auto event = reset_event(room_.gid, head);
  for (const auto& listener : listeners_) listener.subscriber->deliver(event);
}

void RoomStream::join(Subscriber& subscriber, std::uint64_t member_at) {
  if (!has(subscriber)) listeners_.push_back({&subscriber, member_at});
}

void RoomStream::leave(Subscriber& subscriber) {
  std::erase_if(listeners_,
                [&](const Listener& listener) { return listener.subscriber == &subscriber; });
}

bool RoomStream::has(const Subscriber& subscriber) const {
  return std::any_of(listeners_.begin(), listeners_.end(),
                     [&](const Listener& listener) { return listener.subscriber == &subscriber; });
}

std::optional<std::vector<std::shared_ptr<const Entry>>> RoomStream::since(
    std::uint64_t seq) const {
  std::vector<std::shared_ptr<const Entry>> out;
  if (seq >= last_.seq) return out;
  if (recent_.empty() || recent_.front()->seq > seq + 1) return std::nullopt;
  for (const auto& entry : recent_) {
    if (entry->seq > seq) out.push_back(entry);
  }
  return out;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

struct RecordingSubscriber final : Subscriber {
  explicit RecordingSubscriber(std::int64_t user = 1) : user_(user) {}
  [[nodiscard]] std::int64_t user_id() const override { return user_; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const std::shared_ptr<const LiveEvent>& event) override {
    seen.push_back(event->name() == "reset" ? "reset" : event->json());
  }
  std::int64_t user_;
  std::vector<std::string> seen;
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
  RoomStream stream{{1, "gid"}, {1, 0, ""}};
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
  EXPECT_EQ(ann.seen, (Seen{"1", "2", "3", "4"}));
}

TEST_F(RoomStreamTest, NoticesAnotherEntryAtAKnownPlace) {
  stream.take(entry(1));
  EXPECT_EQ(stream.take(entry(1, EntryKind::message, 0, "x")), StreamState::forked);
  EXPECT_EQ(stream.take(entry(2, EntryKind::message, 0, "x")), StreamState::forked);
  stream.reset({2, 7, "check7"});
  EXPECT_EQ(stream.take(entry(8)), StreamState::forked);  // Epoch 1 is over.
  EXPECT_EQ(ann.seen, (Seen{"1", "reset"}));
}

TEST_F(RoomStreamTest, ShowsALeavingMemberItsLeaveAndNothingAfter) {
  RecordingSubscriber bob(2);
  stream.join(bob, 0);
  stream.take(entry(1));
  stream.take(entry(2, EntryKind::member_left, 2));
  stream.take(entry(3));
  EXPECT_EQ(bob.seen, (Seen{"1", "2"}));
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
  EXPECT_EQ(ann.seen, (Seen{"1", "2"}));
}

TEST_F(RoomStreamTest, ForgetsHeldEntriesRatherThanGrowWithoutBound) {
  for (std::uint64_t seq = 2; seq < 3 * RoomStream::kMaxHeld; ++seq) {
    EXPECT_EQ(stream.take(entry(seq)), StreamState::gap);
  }
  EXPECT_EQ(stream.take(entry(1)), StreamState::gap);
  EXPECT_EQ(ann.seen, Seen{"1"});
}

TEST_F(RoomStreamTest, ReplaysWhatItStillKeeps) {
  for (std::uint64_t seq = 1; seq <= RoomStream::kRecent + 10; ++seq) stream.take(entry(seq));
  EXPECT_EQ(stream.since(RoomStream::kRecent)->size(), 10U);
  EXPECT_EQ(stream.since(10)->size(), RoomStream::kRecent);
  EXPECT_FALSE(stream.since(9));
  EXPECT_TRUE(stream.since(5000)->empty());
}

TEST_F(RoomStreamTest, ComparesWithTheStoresHead) {
  stream.take(entry(1));
  EXPECT_EQ(stream.compare({1, 1, "check1"}), StreamState::in_step);
  EXPECT_EQ(stream.compare({1, 2, "check2"}), StreamState::gap);
  EXPECT_EQ(stream.compare({1, 1, "other"}), StreamState::forked);
  EXPECT_EQ(stream.compare({1, 0, ""}), StreamState::forked);
  EXPECT_EQ(stream.compare({2, 1, "check1"}), StreamState::forked);
}

}  // namespace
}  // namespace confab::gateway
#endif
