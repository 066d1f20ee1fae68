#include "gateway/domain/feed_canary.hpp"

#include <gtest/gtest.h>

#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace std::chrono_literals;

struct FeedCanaryTest : ::testing::Test, CanarySender {
  testing::TestLoop loop;
  SystemRandom random;
  // By server.
  std::vector<bool> takes = {true, true};
  std::vector<bool> arrives = {true, true};
  std::vector<int> anew = {0, 0};
  std::vector<std::pair<std::size_t, bool>> changes;
  FeedCanary canary{
      *this,
      loop,
      random,
      2,
      {.changed = [this](auto server, bool deaf) { changes.emplace_back(server, deaf); },
       .listen_anew = [this](auto server) { ++anew[server]; }}};

  FeedCanaryTest() {
    canary.on_subscribed(0);
    canary.on_subscribed(1);
    loop.spawn([this] { return canary.keep(); });
  }
  Task<bool> publish_canary(std::size_t server, std::string channel) override {
    if (takes[server] && arrives[server]) canary.on_heard(canary.server_of(channel).value());
    co_return takes[server];
  }
};

TEST_F(FeedCanaryTest, IsQuietWhileItsMessagesArrive) {
  loop.pass(60s);
  EXPECT_EQ(canary.deaf(), 0U);
  EXPECT_TRUE(changes.empty());
}

TEST_F(FeedCanaryTest, NoticesWithinTenSecondsThatAServerIsNotHeard) {
  loop.pass(1s);
  arrives[1] = false;
  loop.pass(12s);
  EXPECT_EQ(canary.deaf(), 1U);
  EXPECT_EQ(changes, (std::vector<std::pair<std::size_t, bool>>{{1, true}}));
}

TEST_F(FeedCanaryTest, ListensAnewEverMoreRarelyForAsLongAsItIsDeafAndTellsWhenThatHelped) {
  arrives[0] = false;
  loop.pass(12s);
  EXPECT_EQ(anew, (std::vector<int>{1, 0}));
  loop.pass(70s);
  EXPECT_EQ(anew, (std::vector<int>{4, 0})) << "after 10, 20, 40 and 80 s";
  arrives[0] = true;
  loop.pass(2s);
  EXPECT_EQ(canary.deaf(), 0U);
  EXPECT_EQ(changes, (std::vector<std::pair<std::size_t, bool>>{{0, true}, {0, false}}));
}

TEST_F(FeedCanaryTest, IsNotDeafForMessagesThatTheServerDoesNotTake) {
  loop.pass(1s);
  takes[0] = false;
  loop.pass(60s);
  EXPECT_EQ(canary.deaf(), 0U);
  EXPECT_EQ(anew, (std::vector<int>{0, 0}));
}

TEST_F(FeedCanaryTest, IsDeafWhoIsNotSubscribedAlsoWhereTheServerTakesNothing) {
  loop.pass(1s);
  takes[0] = false;
  canary.on_lost(0);
  loop.pass(9s);
  EXPECT_EQ(canary.deaf(), 0U);
  loop.pass(5s);
  EXPECT_EQ(canary.deaf(), 1U);
  canary.on_subscribed(0);
  const auto before = anew;
  loop.pass(60s);
  EXPECT_EQ(anew, before) << "there is nothing that says it does not hear";
  takes[0] = true;
  loop.pass(3s);
  EXPECT_EQ(canary.deaf(), 0U);
}

TEST_F(FeedCanaryTest, IsNotDeafWhenItSubscribesAgainInTime) {
  loop.pass(1s);
  takes[1] = false;
  for (int i = 0; i < 5; ++i) {
    canary.on_lost(1);
    loop.pass(8s);
    canary.on_subscribed(1);
  }
  EXPECT_EQ(canary.deaf(), 0U);
}

TEST_F(FeedCanaryTest, HasChannelsOfItsOwn) {
  FeedCanary other(*this, loop, random, 2, {});
  EXPECT_NE(canary.channel(0), other.channel(0));
  EXPECT_NE(canary.channel(0), canary.channel(1));
  EXPECT_FALSE(canary.server_of(other.channel(0)));
}

}  // namespace
}  // namespace confab::gateway
