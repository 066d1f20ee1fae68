#include "gateway/domain/feed_canary.hpp"

#include <gtest/gtest.h>

#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace std::chrono_literals;

struct FeedCanaryTest : ::testing::Test, CanarySender {
  testing::TestLoop loop;
  SystemRandom random;
  std::vector<bool> arrives = {true, true};  ///< By server.
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
    loop.spawn([this] { return canary.keep(); });
  }
  void publish_canary(std::size_t server, const std::string& channel) override {
    if (arrives[server]) canary.on_heard(canary.server_of(channel).value());
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

TEST_F(FeedCanaryTest, ListensAnewForAsLongAsItIsDeafAndTellsWhenThatHelped) {
  arrives[0] = false;
  loop.pass(45s);
  EXPECT_EQ(anew, (std::vector<int>{4, 0}));
  arrives[0] = true;
  loop.pass(2s);
  EXPECT_EQ(canary.deaf(), 0U);
  EXPECT_EQ(changes, (std::vector<std::pair<std::size_t, bool>>{{0, true}, {0, false}}));
}

TEST_F(FeedCanaryTest, HasChannelsOfItsOwn) {
  FeedCanary other(*this, loop, random, 2, {});
  EXPECT_NE(canary.channel(0), other.channel(0));
  EXPECT_NE(canary.channel(0), canary.channel(1));
  EXPECT_FALSE(canary.server_of(other.channel(0)));
}

}  // namespace
}  // namespace confab::gateway
