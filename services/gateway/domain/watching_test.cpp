#include "gateway/domain/watching.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_presence.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using std::chrono_literals::operator""ms;

constexpr auto kGid = "wjLJb3Jo";
constexpr UserRange kRange{0, 100};

struct WatchingTest : ::testing::Test {
  TestLoop loop;
  FakeBoard board{loop};
  FakeTypingChannel channel;
  FakeRoomStore store;
  ManualClock clock;
  CountingRandom random;
  TypingWatch typing{channel, loop};
  PresenceWatch presence{board, store, loop, clock, random, {}, {}};
  Watching watching{store, typing, presence};
  std::shared_ptr<LookingSession> ann = std::make_shared<LookingSession>(1);

  WatchingTest() {
    Member member;
    member.user = user(2, "bob");
    store.people.items.push_back(member);
    board.marks[2] =
        std::chrono::duration_cast<std::chrono::milliseconds>(clock.time.time_since_epoch())
            .count();
  }
  std::string watch(const std::string& gid = kGid, UserRange range = kRange) {
    const auto page = loop.finish(watching.watch(ann, gid, range));
    if (!page) return std::string(error_traits(page.error().code).name);
    return page->members.front().online ? "seen" : "not seen";
  }
};

TEST_F(WatchingTest, LetsMembersLookUntilTheyCease) {
  EXPECT_EQ(watch(), "seen");
  EXPECT_EQ(watching.rooms_of(*ann), std::vector<std::string>{kGid});
  EXPECT_TRUE(channel.followed.contains(7));
  EXPECT_EQ(presence.pages(), 1U);
  watching.unwatch(*ann, kGid);
  watching.unwatch(*ann, kGid);
  EXPECT_TRUE(channel.followed.empty());
  EXPECT_EQ(presence.pages(), 0U);
  EXPECT_EQ(watching.size(), 0U);
}

TEST_F(WatchingTest, RefusesStrangersAndShowsNothingToTheBlocked) {
  store.strangers = {1};
  EXPECT_EQ(watch(), "not_a_member");
  EXPECT_EQ(watch("nowhere"), "room_not_found");
  const auto look = loop.finish(watching.look(user(1, "ann"), kGid, kRange));
  EXPECT_EQ(look.error().code, ErrorCode::not_a_member);
  store.strangers.clear();
  store.stands.blocked = true;
  EXPECT_EQ(watch(), "not seen");
  EXPECT_FALSE(loop.finish(watching.look(user(1, "ann"), kGid, kRange))->members.front().online);
  EXPECT_TRUE(channel.followed.empty());
  EXPECT_EQ(presence.pages(), 0U);
  EXPECT_EQ(watching.size(), 0U);
  store.stands.blocked = false;
  EXPECT_TRUE(loop.finish(watching.look(user(1, "ann"), kGid, kRange))->members.front().online);
}

TEST_F(WatchingTest, ShowsOnePageOfARoomAtATime) {
  EXPECT_EQ(watch(), "seen");
  EXPECT_EQ(watch(kGid, {100, 100}), "seen");
  EXPECT_EQ(presence.pages(), 1U);
  EXPECT_EQ(watching.rooms_of(*ann).size(), 1U);
  EXPECT_EQ(channel.followed, (std::map<std::uint64_t, int>{{7, 1}}));
}

TEST_F(WatchingTest, EndsTheEarliestLookWithOneTooMany) {
  const auto gid = [](std::size_t i) { return "room" + std::to_string(1000 + i); };
  for (std::size_t i = 0; i <= Watching::kMaxRooms; ++i) {
    store.stands.room_id = 100 + i;
    EXPECT_EQ(watch(gid(i)), "seen");
  }
  EXPECT_EQ(watching.rooms_of(*ann).size(), Watching::kMaxRooms);
  EXPECT_EQ(watching.rooms_of(*ann).front(), gid(1));
  EXPECT_EQ(presence.pages(), Watching::kMaxRooms);
  EXPECT_FALSE(channel.followed.contains(100));
  watching.leave(*ann);
  EXPECT_TRUE(channel.followed.empty());
  EXPECT_EQ(presence.pages(), 0U);
}

TEST_F(WatchingTest, BeginsNoLookThatHasEndedMeanwhile) {
  board.reads.close();
  const auto page = loop.start(watching.watch(ann, kGid, kRange));
  loop.run();
  watching.unwatch(*ann, kGid);
  board.reads.open();
  loop.run();
  EXPECT_FALSE((*page)->has_value());
  EXPECT_TRUE(channel.followed.empty());
  EXPECT_EQ(presence.pages(), 0U);

  board.reads.close();
  const auto left = loop.start(watching.watch(ann, kGid, kRange));
  loop.run();
  ann->is_gone = true;
  watching.leave(*ann);
  board.reads.open();
  loop.run();
  EXPECT_FALSE((*left)->has_value());
  EXPECT_EQ(watching.size(), 0U);
  EXPECT_EQ(presence.pages(), 0U);
}

TEST_F(WatchingTest, KeepsNothingOfASessionThatWasOverBefore) {
  ann->is_gone = true;
  watching.leave(*ann);
  EXPECT_EQ(watch(), "unavailable");
  EXPECT_EQ(watching.size(), 0U);
  EXPECT_EQ(presence.pages(), 0U);
  EXPECT_TRUE(channel.followed.empty());
}

TEST_F(WatchingTest, KeepsTheLaterOfTwoLooksAtARoom) {
  board.reads.close();
  const auto first = loop.start(watching.watch(ann, kGid, kRange));
  const auto second = loop.start(watching.watch(ann, kGid, UserRange{50, 100}));
  loop.run();
  board.reads.let_last_through();
  loop.run();
  EXPECT_TRUE((*second)->has_value());
  board.reads.open();
  loop.run();
  EXPECT_FALSE((*first)->has_value());
  EXPECT_EQ(presence.pages(), 1U);
  EXPECT_EQ(watching.rooms_of(*ann).size(), 1U);
}

}  // namespace
}  // namespace confab::gateway
