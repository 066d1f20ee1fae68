#include "gateway/domain/room_stream.hpp"

#include <algorithm>
#include <utility>

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

std::string place(const Position& position) {
  return R"({"epoch":)" + std::to_string(position.epoch) + R"(,"seq":)" +
         std::to_string(position.seq) + "}";
}

}  // namespace

std::shared_ptr<const LiveEvent> to_event(const Entry& entry) {
  return std::make_shared<LiveEvent>(event_name(entry.kind), entry.json);
}

std::shared_ptr<const LiveEvent> reset_event(const std::string& gid, const Position& head) {
  std::string json = R"({"room":)";
  append_json_string(json, gid);
  json += R"(,"epoch":)" + std::to_string(head.epoch) + R"(,"head":)" + place(head) + "}";
  return std::make_shared<LiveEvent>("reset", std::move(json));
}

std::shared_ptr<const LiveEvent> lag_event(const std::string& gid, const Position& at,
                                           const Position& head) {
  if (at.epoch != head.epoch) return reset_event(gid, head);
  std::string json = R"({"room":)";
  append_json_string(json, gid);
  json += R"(,"at":)" + place(at) + R"(,"head":)" + place(head) + "}";
  return std::make_shared<LiveEvent>("lag", std::move(json));
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
  recent_.push(entry);
  if (listeners_.empty()) {
    flushed_ = last_;
    return;
  }
  gathered_.push_back(to_event(*entry));
  // Their leaving is the last thing they see of the room, exactly.
  if (entry->kind == EntryKind::member_left) put_out(entry->subject_id, entry->seq);
}

void RoomStream::put_out(std::int64_t user_id, std::uint64_t seq) {
  flush();
  for (std::size_t i = 0; i < listeners_.size();) {
    const auto& listener = listeners_[i];
    if (listener.subscriber->user_id() == user_id && seq > listener.member_at) {
      remove(i);
    } else {
      ++i;
    }
  }
}

void RoomStream::flush() {
  auto before = std::exchange(flushed_, last_);
  if (gathered_.empty()) return;
  const EventBatch batch(room_, std::move(before), last_, std::exchange(gathered_, {}));
  for (const auto& listener : listeners_) listener.subscriber->deliver(batch);
}

StreamState RoomStream::compare(const Position& head) const {
  if (head.epoch != last_.epoch || head.seq < last_.seq) return StreamState::forked;
  if (head.seq > last_.seq) return StreamState::gap;
  return head.check == last_.check ? StreamState::in_step : StreamState::forked;
}

void RoomStream::reset(const Position& head) {
  flush();
  last_ = head;
  ++resets_;
  recent_.clear();
  held_.clear();
  gathered_.push_back(reset_event(room_.gid, head));
  flush();
}

void RoomStream::join(Subscriber& subscriber, std::uint64_t member_at) {
  if (has(subscriber)) return;
  flush();
  subscriber.seats_.push_back({this, listeners_.size()});
  listeners_.push_back({&subscriber, member_at});
}

void RoomStream::leave(Subscriber& subscriber) {
  for (const auto& seat : subscriber.seats_) {
    if (seat.room != this) continue;
    flush();
    return remove(seat.index);
  }
}

void RoomStream::leave_all(Subscriber& subscriber) {
  while (!subscriber.seats_.empty()) subscriber.seats_.back().room->leave(subscriber);
}

/// The last listener takes the place of the one removed.
void RoomStream::remove(std::size_t index) {
  const auto seat_of = [this](Subscriber& subscriber) {
    return std::find_if(subscriber.seats_.begin(), subscriber.seats_.end(),
                        [this](const auto& seat) { return seat.room == this; });
  };
  auto& subscriber = *listeners_[index].subscriber;
  subscriber.seats_.erase(seat_of(subscriber));
  if (index + 1 < listeners_.size()) {
    listeners_[index] = listeners_.back();
    seat_of(*listeners_[index].subscriber)->index = index;
  }
  listeners_.pop_back();
}

bool RoomStream::has(const Subscriber& subscriber) const {
  return std::any_of(subscriber.seats_.begin(), subscriber.seats_.end(),
                     [this](const auto& seat) { return seat.room == this; });
}

std::optional<std::vector<std::shared_ptr<const Entry>>> RoomStream::since(
    std::uint64_t seq) const {
  std::vector<std::shared_ptr<const Entry>> out;
  if (seq >= last_.seq) return out;
  if (recent_.empty() || recent_.front()->seq > seq + 1) return std::nullopt;
  for (auto next = seq + 1; next <= last_.seq; ++next) {
    out.push_back(recent_[next - recent_.front()->seq]);
  }
  return out;
}

std::optional<LogPage> RoomStream::page(const LogRange& range) const {
  const auto oldest = recent_.empty() ? last_.seq + 1 : recent_.front()->seq;
  auto from = range.after.value_or(0) + 1;
  auto to = last_.seq;
  if (range.after) {
    to = std::min(to, from + range.limit - 1);
  } else {
    if (range.before) to = std::min(to, *range.before - 1);
    from = to >= range.limit ? to - range.limit + 1 : 1;
  }
  if (from < oldest || last_.seq == 0) return std::nullopt;
  LogPage out;
  out.head = last_;
  for (auto seq = from; seq <= to; ++seq) out.entries.push_back(*recent_[seq - oldest]);
  out.more = range.after ? to < last_.seq : from > 1;
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
  void deliver(const EventBatch& batch) override {
    for (const auto& event : batch.events()) {
      seen.push_back(event->name() == "reset" ? "reset" : event->json());
    }
    places.push_back(std::to_string(batch.before().seq) + "-" + std::to_string(batch.after().seq));
  }
  std::int64_t user_;
  std::vector<std::string> seen;
  std::vector<std::string> places;  // Of each batch.
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
  EXPECT_EQ(ann.places, (Seen{"0-3", "3-4"}));
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
  RoomStream other{{2, "other"}, {1, 0, ""}};
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
#endif
