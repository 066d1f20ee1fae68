#include "gateway/domain/typing.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_presence.hpp"
#include "gateway/domain/fake_rooms.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using std::chrono_literals::operator""ms;

constexpr auto kGid = "wjLJb3Jo";

struct TypingTest : ::testing::Test {
  TestLoop loop;
  FakeTypingChannel channel;
  FakeRoomStore store;
  int published = 0;
  int gathered = 0;
  int refused = 0;
  Typing typing{channel, store, loop, counters()};

  Typing::Counters counters() {
    return {[this] { ++published; }, [this] { ++gathered; }, [this] { ++refused; }};
  }
  std::string say(std::int64_t user_id, bool on = true, const std::string& gid = kGid) {
    const auto said = loop.finish(typing.say(user(user_id, "ann"), gid, on));
    return said ? "ok" : std::string(error_traits(said.error().code).name);
  }
};

TEST_F(TypingTest, IsPublishedOnceInAWhileHoweverOftenItIsSaid) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(say(1), "ok");
  ASSERT_EQ(channel.published.size(), 1U);
  EXPECT_EQ(channel.published.front().room_id, 7U);
  EXPECT_EQ(channel.published.front().user.username, "ann");
  EXPECT_TRUE(channel.published.front().on);
  loop.pass(Typing::kSpacing - 1ms);
  EXPECT_EQ(say(1), "ok");
  EXPECT_EQ(channel.published.size(), 1U);
  loop.pass(1ms);
  EXPECT_EQ(say(1), "ok");
  EXPECT_EQ(channel.published.size(), 2U);
  EXPECT_EQ(published, 2);
  EXPECT_EQ(gathered, 5);
  EXPECT_EQ(store.calls, std::vector<std::string>{"standing wjLJb3Jo 1"}) << "asked once";
}

TEST_F(TypingTest, EndsOnceAndOnlyWhereItBegan) {
  EXPECT_EQ(say(1, false), "ok");
  EXPECT_TRUE(channel.published.empty());
  say(1);
  say(1, false);
  say(1, false);
  ASSERT_EQ(channel.published.size(), 2U);
  EXPECT_FALSE(channel.published.back().on);
  say(1);
  EXPECT_EQ(channel.published.size(), 2U) << "switching on and off does not help";
}

TEST_F(TypingTest, IsRefusedOfThoseWhoMayNotSend) {
  store.strangers = {2};
  EXPECT_EQ(say(2), "not_a_member");
  EXPECT_EQ(say(2, false), "not_a_member");
  store.stands.may_send = false;
  EXPECT_EQ(say(3), "permission_denied");
  store.stands.blocked = true;
  EXPECT_EQ(say(4), "blocked");
  EXPECT_EQ(say(4, true, "nowhere"), "room_not_found");
  store.error = Error{ErrorCode::unavailable, "by the test"};
  EXPECT_EQ(say(5), "unavailable");
  EXPECT_TRUE(channel.published.empty());
  EXPECT_EQ(refused, 5);
  store.error.reset();
  store.stands = Standing{7, true, false};
  EXPECT_EQ(say(5), "ok") << "a refusal is not remembered";
}

TEST_F(TypingTest, AsksTheStoreAgainWhetherTheUserMayStillSend) {
  EXPECT_EQ(say(1), "ok");
  store.strangers = {1};
  loop.pass(Typing::kAllowed - 1ms);
  EXPECT_EQ(say(1), "ok");
  loop.pass(1ms);
  EXPECT_EQ(say(1), "not_a_member");
}

TEST_F(TypingTest, AsksTheStoreOnceForAllThatIsSaidMeanwhile) {
  const auto first = loop.start(typing.say(user(1, "ann"), kGid, true));
  const auto second = loop.start(typing.say(user(1, "ann"), kGid, true));
  loop.run();
  EXPECT_TRUE(first->has_value() && second->has_value());
  EXPECT_EQ(store.calls.size(), 1U);
  EXPECT_EQ(channel.published.size(), 1U);
}

TEST_F(TypingTest, GoesOnInSoManyRoomsAtATime) {
  const auto gid = [](std::size_t i) { return "room" + std::to_string(1000 + i); };
  for (std::size_t i = 0; i < Typing::kMaxRooms; ++i) EXPECT_EQ(say(1, true, gid(i)), "ok");
  EXPECT_EQ(say(1, true, gid(Typing::kMaxRooms)), "rate_limited");
  EXPECT_EQ(say(2, true, gid(0)), "ok");
  EXPECT_EQ(say(1, true, gid(0)), "ok");
  loop.pass(Typing::kAllowed);
  EXPECT_EQ(say(1, true, gid(Typing::kMaxRooms)), "ok");
}

}  // namespace
}  // namespace confab::gateway
