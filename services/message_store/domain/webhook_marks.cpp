#include "message_store/domain/webhook_marks.hpp"

namespace confab::message_store {

WebhookMarks::WebhookMarks(Events& next, Tell tell)
    : next_(next), tell_(std::move(tell)), thread_([this] { work(); }) {}

WebhookMarks::~WebhookMarks() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void WebhookMarks::committed(std::span<const Entry> entries, std::span<const std::string> json) {
  next_.committed(entries, json);
  note(entries);
}

void WebhookMarks::note(std::span<const Entry> entries) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = marks_.empty();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto& entry = entries[i];
      // Those of a room stand together.
      if (i + 1 < entries.size() && entries[i + 1].room_id == entry.room_id) continue;
      if (marks_.size() >= kMostRooms && marks_.count(entry.room_id) == 0) continue;
      auto& mark = marks_[entry.room_id];
      if (mark.seq >= entry.seq) continue;
      if (mark.seq == 0) mark = {entry.room_id, 0, entry.gid};
      mark.seq = entry.seq;
    }
  }
  if (first) wake_.notify_one();
}

void WebhookMarks::work() {
  std::vector<RoomMark> batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !marks_.empty(); });
    if (stopping_) return;
    batch.clear();
    for (auto& [room_id, mark] : marks_) batch.push_back(std::move(mark));
    marks_.clear();
    lock.unlock();
    tell_(batch);
    lock.lock();
    wake_.wait_for(lock, kEvery, [this] { return stopping_; });
  }
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

struct WebhookMarksTest : testing::Test {
  RecordingEvents next;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::vector<RoomMark>> told;
  bool held = false;  // Telling waits.

  WebhookMarks marks{next, [this](std::span<const RoomMark> batch) {
                       std::unique_lock lock(mutex);
                       told.emplace_back(batch.begin(), batch.end());
                       changed.notify_all();
                       changed.wait(lock, [this] { return !held; });
                     }};

  void commit(std::uint64_t room_id, std::uint64_t first, std::uint64_t last) {
    std::vector<Entry> entries;
    for (auto seq = first; seq <= last; ++seq) {
      Entry entry;
      entry.room_id = room_id;
      entry.gid = "gid" + std::to_string(room_id);
      entry.seq = seq;
      entries.push_back(entry);
    }
    marks.committed(entries, std::vector<std::string>(entries.size(), "{}"));
  }
  bool hold(bool now) {
    const std::lock_guard lock(mutex);
    held = now;
    changed.notify_all();
    return held;
  }
  void await(std::size_t batches) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(
        changed.wait_for(lock, std::chrono::seconds(20), [&] { return told.size() >= batches; }));
  }
};

TEST_F(WebhookMarksTest, TellsWhatHappensMeanwhileAtOnceWithTheEndOfEachLog) {
  hold(true);
  commit(1, 1, 2);
  await(1);
  commit(1, 3, 5);
  commit(2, 1, 1);
  commit(1, 6, 6);
  hold(false);
  await(2);
  ASSERT_EQ(told[0].size(), 1U);
  EXPECT_EQ(told[0][0].seq, 2U);
  EXPECT_EQ(told[0][0].gid, "gid1");
  ASSERT_EQ(told[1].size(), 2U);
  for (const auto& mark : told[1]) EXPECT_EQ(mark.seq, mark.room_id == 1 ? 6U : 1U);
}

TEST_F(WebhookMarksTest, PassesEverythingOn) {
  commit(1, 1, 2);
  marks.notify({});
  EXPECT_EQ(next.told(), (std::vector<std::string>{"entry 1", "entry 2", "removed 0"}));
}

}  // namespace
}  // namespace confab::message_store
#endif
