#include "gateway/domain/feed_canary.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::gateway {

FeedCanary::FeedCanary(CanarySender& sender, Loop& loop, Random& random, std::size_t servers,
                       Events events)
    : sender_(sender),
      loop_(loop),
      prefix_("confab:canary:" + hex64(random.u64()) + ":"),
      events_(std::move(events)),
      states_(servers) {}

std::string FeedCanary::channel(std::size_t server) const {
  return prefix_ + std::to_string(server);
}

std::optional<std::size_t> FeedCanary::server_of(std::string_view name) const {
  for (std::size_t server = 0; server < states_.size(); ++server) {
    if (channel(server) == name) return server;
  }
  return std::nullopt;
}

std::size_t FeedCanary::deaf() const {
  return static_cast<std::size_t>(std::count_if(states_.begin(), states_.end(),
                                                [](const State& state) { return state.deaf; }));
}

Task<> FeedCanary::keep() {
  for (auto& state : states_) state.heard = state.tried = loop_.now();
  for (;;) {
    for (std::size_t server = 0; server < states_.size(); ++server) {
      sender_.publish_canary(server, channel(server));
    }
    co_await loop_.sleep(kEvery);
    look();
  }
}

void FeedCanary::look() {
  const auto now = loop_.now();
  for (std::size_t server = 0; server < states_.size(); ++server) {
    auto& state = states_[server];
    if (now - state.heard < kDeafAfter || now - state.tried < kDeafAfter) continue;
    state.tried = now;
    if (!std::exchange(state.deaf, true)) events_.changed(server, true);
    events_.listen_anew(server);
  }
}

void FeedCanary::on_heard(std::size_t server) {
  auto& state = states_[server];
  state.heard = state.tried = loop_.now();
  if (std::exchange(state.deaf, false)) events_.changed(server, false);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
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
  FeedCanary canary{*this, loop, random, 2,
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
#endif
