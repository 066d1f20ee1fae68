#include <gtest/gtest.h>

#include "common/redis/publisher.hpp"
#include "common/redis/subscriber.hpp"
#include "common/testing/database.hpp"

namespace confab::redis {
namespace {

constexpr std::chrono::seconds kPatience{20};

struct PubSubTest : testing::Test {
  boost::asio::io_context loop;
  Address address = *parse_address(test_redis_url());
  std::vector<std::string> subscribed;
  std::vector<std::string> received;
  int ups = 0;
  Subscriber subscriber{
      loop,
      {address},
      {.message =
           [this](std::string_view channel, std::string_view payload) {
             received.push_back(std::string(channel) + "=" + std::string(payload));
           },
       .subscribed = [this](std::string_view channel) { subscribed.emplace_back(channel); },
       .link = [this](std::string_view, bool up, std::string_view) { ups += up ? 1 : 0; }}};
  Publisher publisher{{address}, {.link = [](auto...) {}, .dropped = [](std::size_t) {}}};
  const std::string room = "confab:test:" + std::to_string(getpid());

  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) {
      loop.run_one_for(std::chrono::milliseconds(50));
    }
    ASSERT_TRUE(done());
  }
};

TEST_F(PubSubTest, DeliversBinaryPayloadsInOrderAfterTheConfirmation) {
  subscriber.start();
  subscriber.subscribe(0, room);
  run_until([&] { return !subscribed.empty() && publisher.is_up(); });
  std::vector<std::string> sent;
  for (int i = 0; i < 500; ++i) {
    const auto payload = std::string("a\0\r\n", 4) + std::to_string(i);
    publisher.publish(0, room, payload);
    sent.push_back(room + "=" + payload);
  }
  run_until([&] { return received.size() >= sent.size(); });
  EXPECT_EQ(received, sent);
}

TEST_F(PubSubTest, SubscribesAgainAfterTheServerCutIt) {
  subscriber.start();
  subscriber.subscribe(0, room);
  run_until([&] { return subscribed.size() == 1 && publisher.is_up(); });
  bool asked = false;
  const auto admin = std::make_shared<Link>(
      loop, address,
      LinkEvents{.up = [&] { asked = true; }, .reply = [](const Reply&) {}, .down = [](auto) {}});
  admin->start();
  run_until([&] { return asked; });
  admin->send(command({"CLIENT", "KILL", "TYPE", "pubsub"}));
  run_until([&] { return subscribed.size() >= 2; });
  EXPECT_EQ(ups, 2);
  publisher.publish(0, room, "after");
  run_until([&] { return !received.empty(); });
  admin->stop();
}

TEST_F(PubSubTest, KeepsTryingWhileNobodyListens) {
  Address nowhere = address;
  nowhere.port = 1;
  int downs = 0;
  const auto link =
      std::make_shared<Link>(loop, nowhere,
                             LinkEvents{.up = [] {},
                                        .reply = [](const Reply&) {},
                                        .down = [&](std::string_view) { ++downs; }});
  link->start();
  run_until([&] { return downs >= 2; });
  EXPECT_FALSE(link->send(command({"PING"})));
  link->stop();
}

TEST(ServerOfBucket, SpreadsAllBucketsEvenly) {
  EXPECT_EQ(server_of_bucket(0, 3), 0U);
  EXPECT_EQ(server_of_bucket(1023, 3), 2U);
  EXPECT_EQ(server_of_bucket(1023, 1), 0U);
}

}  // namespace
}  // namespace confab::redis
