#include "message_store/broker/redis_marks.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "common/testing/database.hpp"

namespace confab::message_store {
namespace {

constexpr std::chrono::seconds kPatience{20};

/// What one store hears of rooms of this process; the server is shared.
struct Heard {
  void add(std::span<const RoomMark> heard) {
    const std::lock_guard lock(mutex);
    for (const auto& mark : heard) {
      if (mark.room_id / 10'000 == room_base / 10'000) marks.push_back(mark);
    }
    changed.notify_all();
  }
  bool await(std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, [&] { return marks.size() >= count; });
  }

  const std::uint64_t room_base = static_cast<std::uint64_t>(getpid()) * 10'000;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<RoomMark> marks;
};

TEST(RedisMarks, TellsTheOtherStoresAndNotItself) {
  const std::vector<redis::Address> addresses = {*redis::parse_address(test_redis_url())};
  redis::Publisher publisher(addresses, {.link = [](auto...) {}, .dropped = [](std::size_t) {}});
  Heard here;
  Heard there;
  RedisMarks mine(publisher, addresses, "mine", [&](auto marks) { here.add(marks); });
  RedisMarks other(publisher, addresses, "other", [&](auto marks) { there.add(marks); });
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!mine.is_listening() || !other.is_listening() || !publisher.is_up()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::yield();
  }
  std::vector<RoomMark> marks;
  for (std::uint64_t i = 0; i < 2500; ++i) marks.push_back({here.room_base + i, i + 1, "wjLJb3Jo"});
  mine.publish(marks);
  mine.publish({});
  ASSERT_TRUE(there.await(marks.size()));
  EXPECT_EQ(there.marks.back().room_id, marks.back().room_id);
  EXPECT_EQ(there.marks.back().seq, 2500U);
  EXPECT_EQ(there.marks.back().gid, "wjLJb3Jo");
  other.publish({marks.data(), 1});
  ASSERT_TRUE(here.await(1));
  EXPECT_EQ(here.marks.size(), 1U) << "its own did not come back before";
}

TEST(RedisMarks, IgnoresWhatIsNoMessage) {
  const std::vector<redis::Address> addresses = {*redis::parse_address(test_redis_url())};
  redis::Publisher publisher(addresses, {.link = [](auto...) {}, .dropped = [](std::size_t) {}});
  Heard here;
  RedisMarks mine(publisher, addresses, "mine", [&](auto marks) { here.add(marks); });
  RedisMarks other(publisher, addresses, "other", [](auto) {});
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!mine.is_listening() || !publisher.is_up()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end);
    std::this_thread::yield();
  }
  const redis::Publisher::Message junk[] = {{0, "confab:webhooks", "\xFF\xFFjunk"}};
  publisher.publish(junk);
  const RoomMark marks[] = {{here.room_base, 0, "none"}, {here.room_base + 1, 1, "wjLJb3Jo"}};
  other.publish(marks);
  ASSERT_TRUE(here.await(1));
  EXPECT_EQ(here.marks.front().room_id, here.room_base + 1);
}

}  // namespace
}  // namespace confab::message_store
