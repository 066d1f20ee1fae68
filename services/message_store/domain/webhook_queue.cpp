#include "message_store/domain/webhook_queue.hpp"

#include <algorithm>

namespace confab::message_store {

bool WebhookQueue::mark(std::uint64_t room_id, std::uint64_t head, std::int64_t since_ms,
                        std::optional<std::uint64_t> cursor) {
  if (const auto known = rooms_.find(room_id); known != rooms_.end()) {
    known->second.head = std::max(known->second.head, head);
    return true;
  }
  if (rooms_.size() >= kMostRooms) return false;
  auto& room = rooms_[room_id];
  room.head = head;
  room.cursor = cursor;
  room.since_ms = since_ms;
  ready_.push_back(room_id);
  return true;
}

std::optional<WebhookQueue::Turn> WebhookQueue::next(Time now) {
  if (running_ >= allowed() || now < rests_until_) return std::nullopt;
  while (!resting_.empty() && resting_.begin()->first <= now) {
    ready_.push_back(resting_.begin()->second);
    resting_.erase(resting_.begin());
  }
  if (ready_.empty()) return std::nullopt;
  const auto room_id = ready_.front();
  ready_.pop_front();
  ++running_;
  const auto& room = rooms_.at(room_id);
  return Turn{room_id, room.cursor, room.until};
}

void WebhookQueue::delivered(std::uint64_t room_id, std::uint64_t cursor, std::int64_t since_ms) {
  --running_;
  auto& room = rooms_.at(room_id);
  if (room.head <= cursor) {
    rooms_.erase(room_id);
    return;
  }
  room.cursor = cursor;
  room.until = 0;
  room.failures = 0;
  room.since_ms = std::max(room.since_ms, since_ms);
  ready_.push_back(room_id);
}

void WebhookQueue::failed(std::uint64_t room_id, std::optional<std::uint64_t> cursor,
                          std::uint64_t until, Time now, std::chrono::milliseconds retry_after) {
  --running_;
  auto& room = rooms_.at(room_id);
  room.cursor = cursor;
  room.until = until;
  resting_.emplace(now + rest(++room.failures), room_id);
  const auto asked = std::min(retry_after, kLongestRetryAfter);
  rests_until_ = std::max(rests_until_, now + std::max(rest(++failures_), asked));
}

void WebhookQueue::unreadable(std::uint64_t room_id, Time now) {
  --running_;
  resting_.emplace(now + rest(++rooms_.at(room_id).failures), room_id);
}

void WebhookQueue::drop(std::uint64_t room_id) {
  --running_;
  rooms_.erase(room_id);
}

void WebhookQueue::clear() {
  rooms_.clear();
  ready_.clear();
  resting_.clear();
  running_ = 0;
  failures_ = 0;
  rests_until_ = Time::min();
}

WebhookQueue::Time WebhookQueue::due() const {
  if (running_ >= allowed()) return Time::max();
  if (!ready_.empty()) return rests_until_;
  if (resting_.empty()) return Time::max();
  return std::max(rests_until_, resting_.begin()->first);
}

WebhookQueue::Behind WebhookQueue::behind() const {
  Behind total;
  for (const auto& [id, room] : rooms_) {
    const auto cursor = room.cursor.value_or(room.head - 1);
    total.entries += room.head - std::min(room.head, cursor);
    if (total.since_ms == 0 || room.since_ms < total.since_ms) total.since_ms = room.since_ms;
  }
  return total;
}

/// Doubles from the first to the longest; a random half of it, so that many do not come at once.
std::chrono::milliseconds WebhookQueue::rest(unsigned failures) const {
  const auto doublings = std::min(failures - 1, 16U);
  const auto whole = std::min(rests_.first * (1U << doublings), rests_.longest);
  const auto half = whole.count() / 2;
  const auto part = static_cast<std::int64_t>(random_.u64() % static_cast<std::uint64_t>(half + 1));
  return std::chrono::milliseconds(half + part);
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "message_store/domain/fakes.hpp"

namespace confab::message_store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct WebhookQueueTest : testing::Test {
  ScriptedRandom random;
  const WebhookQueue::Rests rests;
  WebhookQueue queue{2, rests, random};
  WebhookQueue::Time now{std::chrono::hours(1)};

  std::vector<std::uint64_t> all_next() {
    std::vector<std::uint64_t> rooms;
    while (const auto turn = queue.next(now)) rooms.push_back(turn->room_id);
    return rooms;
  }
};

using Rooms = std::vector<std::uint64_t>;

TEST_F(WebhookQueueTest, GivesEachRoomItsTurnAndOneRequestAtATime) {
  for (const std::uint64_t room : {1, 2, 3}) EXPECT_TRUE(queue.mark(room, 5, 100));
  EXPECT_EQ(all_next(), (Rooms{1, 2}));
  EXPECT_EQ(queue.due(), WebhookQueue::Time::max());
  queue.mark(1, 7, 100);
  EXPECT_EQ(all_next(), Rooms{}) << "one that runs is not begun again";
  queue.delivered(1, 5, 0);
  EXPECT_EQ(all_next(), Rooms{3}) << "what has waited longer is first";
  queue.delivered(2, 5, 0);
  const auto turn = queue.next(now);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->room_id, 1U);
  EXPECT_EQ(turn->cursor, 5U);
  queue.delivered(1, 7, 0);
  queue.delivered(3, 5, 0);
  EXPECT_TRUE(queue.empty());
}

TEST_F(WebhookQueueTest, RestsLongerAfterEachFailureAndThenTriesOneAtATime) {
  for (const std::uint64_t room : {1, 2, 3}) queue.mark(room, 5, 100);
  auto longest = milliseconds(0);
  for (int failure = 0; failure < 12; ++failure) {
    const auto turn = queue.next(now);
    ASSERT_TRUE(turn);
    if (failure > 0) {
      EXPECT_FALSE(queue.next(now)) << "only one while it fails";
    }
    queue.failed(turn->room_id, 0, 5, now, milliseconds(0));
    EXPECT_FALSE(queue.next(now));
    const auto rest = std::chrono::duration_cast<milliseconds>(queue.due() - now);
    EXPECT_GE(rest, milliseconds(500));
    EXPECT_LE(rest, rests.longest);
    longest = std::max(longest, rest);
    now = queue.due();
  }
  EXPECT_GE(longest, rests.longest / 2);
  const auto probe = queue.next(now);
  ASSERT_TRUE(probe);
  queue.endpoint_works();
  queue.delivered(probe->room_id, 5, 0);
  now += rests.longest;
  EXPECT_EQ(all_next().size(), 2U) << "as many as before";
}

TEST_F(WebhookQueueTest, ARoomThatAlwaysFailsDoesNotHoldUpTheOthers) {
  queue.mark(1, 5, 100);
  unsigned others = 0;
  unsigned attempts = 0;
  const auto end = now + seconds(300);
  for (std::uint64_t head = 1; now < end; now += milliseconds(100)) {
    queue.mark(2, ++head, 100);
    while (const auto turn = queue.next(now)) {
      if (turn->room_id == 1) {
        ++attempts;
        queue.failed(1, 0, 5, now, milliseconds(0));
      } else {
        ++others;
        queue.endpoint_works();
        queue.delivered(2, head, 0);
      }
    }
  }
  EXPECT_GT(others, 2500U);
  EXPECT_GE(attempts, 5U);
  EXPECT_LE(attempts, 16U);
}

TEST_F(WebhookQueueTest, SendsTheSameEntriesAgainAfterAFailure) {
  queue.mark(1, 5, 100);
  ASSERT_TRUE(queue.next(now));
  queue.mark(1, 9, 100);
  queue.failed(1, 2, 5, now, milliseconds(0));
  now = queue.due();
  const auto turn = queue.next(now);
  ASSERT_TRUE(turn);
  EXPECT_EQ(turn->cursor, 2U);
  EXPECT_EQ(turn->until, 5U);
  queue.delivered(1, 5, 0);
  EXPECT_EQ(queue.next(now)->until, 0U);
}

TEST_F(WebhookQueueTest, HonoursTheTimeTheEndpointAsksForUpToALimit) {
  queue.mark(1, 5, 100);
  ASSERT_TRUE(queue.next(now));
  queue.failed(1, 0, 5, now, seconds(90));
  EXPECT_EQ(queue.due(), now + seconds(90));
  now = queue.due();
  ASSERT_TRUE(queue.next(now));
  queue.failed(1, 0, 5, now, std::chrono::hours(100));
  EXPECT_EQ(queue.due(), now + WebhookQueue::kLongestRetryAfter);
}

TEST_F(WebhookQueueTest, RefusesMoreRoomsThanItMayHoldButKnowsThoseItHas) {
  for (std::uint64_t room = 1; room <= WebhookQueue::kMostRooms; ++room) queue.mark(room, 1, 100);
  EXPECT_FALSE(queue.mark(0, 1, 100));
  EXPECT_TRUE(queue.mark(1, 2, 100));
  EXPECT_EQ(queue.behind().entries, WebhookQueue::kMostRooms);
}

TEST_F(WebhookQueueTest, TellsHowFarBehindItIs) {
  EXPECT_EQ(queue.behind().since_ms, 0);
  queue.mark(1, 10, 300, 4);
  queue.mark(2, 3, 200);
  EXPECT_EQ(queue.behind().entries, 7U);
  EXPECT_EQ(queue.behind().since_ms, 200);
}

TEST_F(WebhookQueueTest, AnUnreadableRoomComesAfterTheOthersAndADroppedOneIsGone) {
  queue.mark(1, 1, 100, 0);
  queue.mark(2, 1, 100);
  ASSERT_TRUE(queue.next(now));
  queue.unreadable(1, now);
  EXPECT_EQ(all_next(), Rooms{2});
  queue.drop(2);
  now = queue.due();
  EXPECT_EQ(queue.next(now)->cursor, 0U) << "what was known of it still is";
}

}  // namespace
}  // namespace confab::message_store
#endif
