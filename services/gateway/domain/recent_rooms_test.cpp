#include "gateway/domain/recent_rooms.hpp"

#include <gtest/gtest.h>

#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using std::chrono_literals::operator""s;

struct RecentRoomsTest : ::testing::Test {
  testing::TestLoop loop;
  RecentRooms rooms{loop};

  static RecentRooms::List list(std::vector<std::uint64_t> ids) {
    RecentRooms::List out;
    for (const auto id : ids) {
      out.push_back({std::make_shared<RoomCard>(RoomCard{{id, "g"}, "{}"}), {1, id, ""}});
    }
    return out;
  }
  std::vector<std::uint64_t> ids(std::int64_t user_id) {
    std::vector<std::uint64_t> out;
    const auto taken = rooms.take(user_id);
    if (!taken) return out;
    for (const auto& entry : *taken) out.push_back(entry.card->room.room_id);
    return out;
  }
};

using Ids = std::vector<std::uint64_t>;

TEST_F(RecentRoomsTest, GivesAListBackOnce) {
  rooms.remember(1, list({7, 8}));
  EXPECT_EQ(ids(1), (Ids{7, 8}));
  EXPECT_FALSE(rooms.take(1));
  EXPECT_FALSE(rooms.take(2));
}

TEST_F(RecentRoomsTest, FollowsNoticesWhileItWaits) {
  rooms.remember(1, list({7, 8}));
  rooms.on_notice({1, {9, "nine"}, true, 1, 4, "{}"});
  rooms.on_notice({1, {7, "g"}, false, 1, 5, "{}"});
  rooms.on_notice({2, {8, "g"}, false, 1, 5, "{}"});
  const auto taken = rooms.take(1);
  ASSERT_EQ(taken->size(), 2U);
  EXPECT_EQ(taken->front().card->room.gid, "nine");
  EXPECT_EQ(taken->front().as_of.seq, 4U);
  EXPECT_EQ(taken->back().card->room.room_id, 8U);
}

TEST_F(RecentRoomsTest, ForgetsWhatWaitedTooLongAndEverythingWhenNoticesMayBeLost) {
  rooms.remember(1, list({7}));
  loop.pass(RecentRooms::kKept - 1s);
  rooms.remember(2, list({8}));
  rooms.sweep();
  EXPECT_EQ(rooms.size(), 2U);
  loop.pass(1s);
  EXPECT_FALSE(rooms.take(1));
  rooms.sweep();
  EXPECT_EQ(ids(2), Ids{8});
  rooms.remember(3, list({9}));
  rooms.clear();
  EXPECT_FALSE(rooms.take(3));
}

TEST_F(RecentRoomsTest, DropsTheOldestWhenThereAreTooMany) {
  for (std::int64_t user = 0; user < static_cast<std::int64_t>(RecentRooms::kMaxUsers) + 10;
       ++user) {
    rooms.remember(user, list({7}));
  }
  EXPECT_EQ(rooms.size(), RecentRooms::kMaxUsers);
  EXPECT_FALSE(rooms.take(9));
  EXPECT_TRUE(rooms.take(10));
}

}  // namespace
}  // namespace confab::gateway
