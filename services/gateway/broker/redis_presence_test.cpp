#include "gateway/broker/redis_presence.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>

#include "common/base/encoding.hpp"
#include "common/base/sharding.hpp"
#include "common/testing/database.hpp"
#include "confab/event/v1/event.pb.h"
#include "gateway/domain/fake_presence.hpp"
#include "gateway/loop/asio_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr auto kPatience = 20s;

struct RedisPresenceTest : ::testing::Test {
  boost::asio::io_context io{1};
  AsioLoop loop{io, [](std::string_view what) { ADD_FAILURE() << what; }};
  // Of this process, since the server is shared.
  const std::uint64_t room = (static_cast<std::uint64_t>(getpid()) << 20) + 1;
  const std::int64_t first_user = static_cast<std::int64_t>(room);
  const std::string room_channel = "confab:typing:" + hex64(room);
  int ups = 0;
  int refused = 0;
  // Twice the same server, so that keys are asked of two.
  std::vector<redis::Address> addresses{2, *redis::parse_address(test_redis_url())};
  RedisPresence presence{io,
                         loop,
                         addresses,
                         {.payload_refused = [this](auto) { ++refused; },
                          .link = [this](auto, bool up, auto) { ups += up ? 1 : 0; }}};
  TypingWatch typing{presence, loop};
  std::shared_ptr<LookingSession> ann = std::make_shared<LookingSession>(1);
  redis::Keys raw{io, addresses, {.link = [this](auto, bool up, auto) { ups += up ? 1 : 0; }}};

  void SetUp() override {
    presence.start(typing);
    raw.start();
    ASSERT_TRUE(run_until([&] { return ups == 4; }));
  }
  bool run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      io.restart();
      io.run_one_for(10ms);
    }
    return true;
  }
  Result<std::vector<std::int64_t>> marks(std::vector<std::int64_t> users) {
    std::optional<Result<std::vector<std::int64_t>>> result;
    boost::asio::co_spawn(io, presence.last_marks(std::move(users)),
                          [&](const std::exception_ptr&, auto value) { result = value; });
    EXPECT_TRUE(run_until([&] { return result.has_value(); }));
    return *result;
  }
  /// Says it until it is heard, since nobody tells when the channel is followed.
  void publish_until(const std::function<void()>& publish, const std::function<bool()>& heard) {
    ASSERT_TRUE(run_until([&] {
      publish();
      io.run_for(5ms);
      return heard();
    }));
  }
  TypingNotice notice(bool on) const {
    TypingNotice made;
    made.room_id = room;
    made.user = user(2, "bob");
    made.on = on;
    return made;
  }
};

TEST_F(RedisPresenceTest, ReadsTheMarksOfAllServersInTheirOrder) {
  std::vector<std::int64_t> users;
  for (std::int64_t i = 0; i < 40; ++i) users.push_back(first_user + i);
  EXPECT_EQ(marks(users).value(), std::vector<std::int64_t>(40, 0));
  presence.mark({users[3], users[17]}, 1700);
  presence.mark({users[39]}, 1800);
  const auto read = marks(users).value();
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(read[i], i == 3 || i == 17 ? 1700 : i == 39 ? 1800 : 0) << i;
  }
  EXPECT_TRUE(marks({}).value().empty());
}

TEST_F(RedisPresenceTest, TakesNothingForAMarkThatIsNone) {
  const auto bucket = bucket_of_user_shard(user_shard(first_user));
  for (const auto* value : {"", "x", "12x", "-5", "99999999999999999999"}) {
    raw.set(bucket, "confab:seen:" + std::to_string(first_user), value, 60s);
    std::optional<bool> written;
    raw.get(raw.server_of(bucket), {"x"}, [&](const auto& values) { written = bool(values); });
    ASSERT_TRUE(run_until([&] { return written.has_value(); }));
    EXPECT_EQ(marks({first_user}).value().front(), 0) << value;
  }
}

TEST_F(RedisPresenceTest, CarriesWhoTypesToThoseWhoFollow) {
  typing.watch(ann, {room, "gid"});
  publish_until([&] { presence.publish(notice(true)); }, [&] { return ann->seen.size() == 1; });
  EXPECT_EQ(ann->seen.front(), typing_event("gid", {user(2, "bob")}, 1)->json());
  presence.publish(notice(false));
  EXPECT_TRUE(run_until([&] { return ann->seen.size() == 2; }));
  EXPECT_EQ(refused, 0);
}

TEST_F(RedisPresenceTest, RefusesMalformedAndMisplacedNotices) {
  typing.watch(ann, {room, "gid"});
  event::v1::TypingNotice wire;
  wire.set_room_id(room + 1);
  wire.set_on(true);
  wire.set_user_id(2);
  wire.set_uuid("u");
  wire.set_username("bob");
  wire.set_name("Bob");
  const auto say = [&](const std::string& payload) {
    const auto before = refused;
    publish_until([&] { raw.publish(bucket_of(room), room_channel, payload); },
                  [&] { return refused > before; });
  };
  say("no protobuf");
  say(wire.SerializeAsString());
  wire.set_room_id(room);
  wire.set_name(std::string(2000, 'x'));
  say(wire.SerializeAsString());
  wire.clear_name();
  say(wire.SerializeAsString());
  EXPECT_TRUE(ann->seen.empty());
}

TEST(RedisPresence, OfAServerThatIsAwayIsUnavailable) {
  boost::asio::io_context io{1};
  AsioLoop loop{io, [](std::string_view what) { ADD_FAILURE() << what; }};
  RedisPresence presence{io, loop, {redis::Address{"127.0.0.1", 1, "", ""}}, {}};
  presence.mark({1}, 1700);
  std::optional<Result<std::vector<std::int64_t>>> result;
  boost::asio::co_spawn(io, presence.last_marks({1}),
                        [&](const std::exception_ptr&, auto value) { result = value; });
  io.run();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace confab::gateway
