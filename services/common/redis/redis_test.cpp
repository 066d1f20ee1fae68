#include <gtest/gtest.h>

#include "common/redis/publisher.hpp"
#include "common/redis/subscriber.hpp"
#include "common/testing/database.hpp"

namespace confab::redis {
namespace {

constexpr std::chrono::seconds kPatience{20};

/// The subscriber enters as a user of this process, so that a test which cuts connections
/// cuts none of the tests beside it on the same server.
struct PubSubTest : testing::Test {
  boost::asio::io_context loop;
  const std::string user = "pubsub-test-" + std::to_string(getpid());
  Address address = as_user(*parse_address(test_redis_url()));
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
       .link = [this](auto, auto, bool up, auto) { ups += up ? 1 : 0; }}};
  Publisher publisher{{*parse_address(test_redis_url())},
                      {.link = [](auto...) {}, .dropped = [](std::size_t) {}}};
  const std::string room = "confab:test:" + std::to_string(getpid());
  bool admin_up = false;
  std::size_t admin_answers = 0;
  std::shared_ptr<Link> admin =
      std::make_shared<Link>(loop, *parse_address(test_redis_url()),
                             LinkEvents{.up = [this] { admin_up = true; },
                                        .reply = [this](const Reply&) { ++admin_answers; },
                                        .down = [](auto) {}});

  Address as_user(Address from) const {
    from.user = user;
    from.password = "secret";
    return from;
  }

  void SetUp() override {
    admin->start();
    run_until([&] { return admin_up; });
    order({"ACL", "SETUSER", user, "on", ">secret", "&*", "+@all"});
  }
  void TearDown() override {
    order({"ACL", "DELUSER", user});
    admin->stop();
  }

  /// Done by the server when it returns.
  void order(std::initializer_list<std::string_view> words) {
    const auto before = admin_answers;
    admin->send(command(words));
    run_until([&] { return admin_answers > before; });
  }

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
    publisher.publish(std::vector<Publisher::Message>{{0, room, payload}});
    sent.push_back(room + "=" + payload);
  }
  run_until([&] { return received.size() >= sent.size(); });
  EXPECT_EQ(received, sent);
}

TEST_F(PubSubTest, SubscribesAgainAfterTheServerCutIt) {
  subscriber.start();
  subscriber.subscribe(0, room);
  run_until([&] { return subscribed.size() == 1 && publisher.is_up(); });
  order({"CLIENT", "KILL", "USER", user});
  run_until([&] { return subscribed.size() >= 2; });
  EXPECT_EQ(ups, 2);
  publisher.publish(std::vector<Publisher::Message>{{0, room, "after"}});
  run_until([&] { return !received.empty(); });
}

TEST_F(PubSubTest, KeepsTryingWhileNobodyListens) {
  Address nowhere = address;
  nowhere.port = 1;
  int downs = 0;
  const auto link = std::make_shared<Link>(
      loop, nowhere,
      LinkEvents{
          .up = [] {}, .reply = [](const Reply&) {}, .down = [&](std::string_view) { ++downs; }});
  link->start();
  run_until([&] { return downs >= 2; });
  EXPECT_FALSE(link->send(command({"PING"})));
  link->stop();
}

TEST_F(PubSubTest, HearsNothingOfWhatItDidNotWantAnswered) {
  std::vector<std::string> heard;
  bool up = false;
  const auto link = std::make_shared<Link>(
      loop, *parse_address(test_redis_url()),
      LinkEvents{.up = [&] { up = true; },
                 .reply = [&](const Reply& reply) { heard.emplace_back(reply.parts.at(0)); },
                 .down = [](auto) {}},
      Link::Answers::unwanted);
  link->start();
  run_until([&] { return up; });
  for (int i = 0; i < 3; ++i) link->send(command({"PUBLISH", room, "x"}));
  link->send(command({"CLIENT", "REPLY", "ON"}));
  link->send(command({"PING"}));
  run_until([&] { return heard.size() >= 2; });
  EXPECT_EQ(heard, (std::vector<std::string>{"OK", "PONG"}));
  link->stop();
}

TEST_F(PubSubTest, IsDownWithWhatTheServerSaysWhileItIsNotLetIn) {
  std::mutex mutex;
  std::vector<std::string> said;
  const auto publisher_as = [&](const std::string& password) {
    auto of_user = address;
    of_user.password = password;
    return std::make_unique<Publisher>(
        std::vector{of_user}, Publisher::Events{.link =
                                                    [&](auto, bool up, std::string_view why) {
                                                      const std::lock_guard lock(mutex);
                                                      said.push_back(up ? "up" : std::string(why));
                                                    },
                                                .dropped = [](std::size_t) {}});
  };
  const auto last_said = [&](std::string_view beginning) {
    const std::lock_guard lock(mutex);
    return !said.empty() && said.back().starts_with(beginning);
  };
  // As with `requirepass`: who does not say the password may do nothing.
  auto wrong = publisher_as("wrong");
  run_until([&] { return last_said("WRONGPASS") || last_said("up"); });
  EXPECT_TRUE(last_said("WRONGPASS"));
  EXPECT_FALSE(wrong->is_up());
  wrong.reset();
  order({"ACL", "SETUSER", user, "resetchannels", "&other:*"});
  const auto forbidden = publisher_as("secret");
  run_until([&] { return last_said("NOPERM") || last_said("up"); });
  EXPECT_FALSE(forbidden->is_up());
  order({"ACL", "SETUSER", user, "&*"});
  run_until([&] { return forbidden->is_up(); });
  // The right is taken away while it is connected.
  order({"ACL", "SETUSER", user, "-publish"});
  run_until([&] { return last_said("NOPERM"); });
  EXPECT_FALSE(forbidden->is_up());
}

TEST(ServerOfBucket, SpreadsAllBucketsEvenly) {
  EXPECT_EQ(server_of_bucket(0, 3), 0U);
  EXPECT_EQ(server_of_bucket(1023, 3), 2U);
  EXPECT_EQ(server_of_bucket(1023, 1), 0U);
}

}  // namespace
}  // namespace confab::redis
