#include "common/redis/keys.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "common/redis/subscriber.hpp"
#include "common/testing/database.hpp"

namespace confab::redis {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr auto kPatience = 20s;

/// It enters as a user of this process, whose connections alone the test cuts.
struct KeysTest : testing::Test {
  boost::asio::io_context loop;
  const std::string user = "keys-test-" + std::to_string(getpid());
  const std::string prefix = "confab:test:" + std::to_string(getpid()) + ":";
  int ups = 0;
  int downs = 0;
  Keys keys{loop, {as_user(), as_user()}, events()};
  bool admin_up = false;
  std::vector<std::string> admin_answers;
  std::shared_ptr<Link> admin = std::make_shared<Link>(
      loop, *parse_address(test_redis_url()),
      LinkEvents{
          .up = [this] { admin_up = true; },
          .reply = [this](const Reply& reply) { admin_answers.emplace_back(reply.parts[0]); },
          .down = [](auto) {}});

  Address as_user() const {
    auto address = *parse_address(test_redis_url());
    address.user = user;
    address.password = "secret";
    return address;
  }
  Keys::Events events() {
    return {.link = [this](std::string_view, bool up, std::string_view) { ++(up ? ups : downs); }};
  }

  void SetUp() override {
    admin->start();
    run_until([&] { return admin_up; });
    order({"ACL", "SETUSER", user, "on", ">secret", "~*", "&*", "+@all"});
    keys.start();
    run_until([&] { return ups == 2; });
    for (std::size_t server = 0; server < 2; ++server) ASSERT_TRUE(get(server, {key("in")}));
  }
  void TearDown() override {
    order({"ACL", "DELUSER", user});
    admin->stop();
  }

  /// Done by the server when it returns.
  std::string order(std::initializer_list<std::string_view> words) {
    const auto before = admin_answers.size();
    admin->send(command(words));
    run_until([&] { return admin_answers.size() > before; });
    return admin_answers.back();
  }
  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) loop.run_one_for(50ms);
    ASSERT_TRUE(done());
  }
  Result<Keys::Values> get(std::size_t server, const std::vector<std::string>& names) {
    std::optional<Result<Keys::Values>> values;
    keys.get(server, names, [&](Result<Keys::Values> got) { values = std::move(got); });
    EXPECT_FALSE(values);
    run_until([&] { return values.has_value(); });
    return *values;
  }
  std::string key(const std::string& name) const { return prefix + name; }
};

TEST_F(KeysTest, ReadsWhatWasWrittenAndNothingForTheRest) {
  EXPECT_TRUE(keys.set(0, key("a"), std::string("1\r\n\0", 4), 60s));
  EXPECT_TRUE(keys.set(1023, key("b"), "2", 60s));
  EXPECT_EQ(get(1, {key("none")}).value(), Keys::Values{""}) << "written by now, too";
  const auto values = get(0, {key("a"), key("none"), key("b")});
  ASSERT_TRUE(values);
  EXPECT_EQ(*values, (Keys::Values{std::string("1\r\n\0", 4), "", "2"}));
  EXPECT_EQ(order({"TTL", key("a")}), "") << "a number";
  EXPECT_EQ(order({"PERSIST", key("a")}), "");
}

TEST_F(KeysTest, AnswersManyReadsInTheirOrder) {
  std::vector<std::string> got;
  for (int i = 0; i < 100; ++i) {
    const auto name = key("n" + std::to_string(i));
    keys.set(0, name, std::to_string(i), 60s);
    keys.get(0, {name}, [&](const auto& values) { got.push_back(values->front()); });
  }
  run_until([&] { return got.size() == 100; });
  for (int i = 0; i < 100; ++i) EXPECT_EQ(got[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST_F(KeysTest, TellsWhetherTheServerHasTakenWhatIsPublished) {
  const auto publish = [&] {
    std::optional<Result<>> taken;
    keys.publish_to(1, key("channel"), "x", [&](const Result<>& answer) { taken = answer; });
    run_until([&] { return taken.has_value(); });
    return *taken;
  };
  EXPECT_TRUE(publish());
  order({"ACL", "SETUSER", user, "resetchannels"});
  EXPECT_EQ(publish().error().code, ErrorCode::unavailable);
  EXPECT_EQ(get(1, {key("in")}).value(), Keys::Values{""});
}

TEST_F(KeysTest, TellsAFailedReadFromTheNext) {
  order({"LPUSH", key("list"), "x"});
  keys.set(0, key("a"), "1", 60s);
  order({"ACL", "SETUSER", user, "-mget"});
  EXPECT_EQ(get(0, {key("a")}).error().code, ErrorCode::unavailable);
  order({"ACL", "SETUSER", user, "+mget"});
  EXPECT_EQ(get(0, {key("list"), key("a")}).value(), (Keys::Values{"", "1"})) << "no text";
}

TEST_F(KeysTest, RefusesReadsAboveTheLimit) {
  std::vector<ErrorCode> refused;
  std::size_t answered = 0;
  for (std::size_t i = 0; i <= Keys::kMaxReads; ++i) {
    keys.get(0, {key("a")}, [&](const auto& values) {
      if (values) ++answered;
      if (!values) refused.push_back(values.error().code);
    });
  }
  run_until([&] { return answered + refused.size() == Keys::kMaxReads + 1; });
  EXPECT_EQ(refused, std::vector<ErrorCode>{ErrorCode::overloaded});
}

TEST_F(KeysTest, ComeBackAfterTheServerCutThem) {
  order({"CLIENT", "KILL", "USER", user});
  run_until([&] { return downs >= 2 && ups >= 4; });
  EXPECT_TRUE(get(0, {key("a")}));
}

TEST_F(KeysTest, PublishesToChannels) {
  std::vector<std::string> heard;
  bool subscribed = false;
  Subscriber subscriber(loop, {as_user()},
                        {.message = [&](auto, auto payload) { heard.emplace_back(payload); },
                         .subscribed = [&](auto) { subscribed = true; },
                         .link = [](auto...) {}});
  subscriber.start();
  subscriber.subscribe(0, key("channel"));
  run_until([&] { return subscribed; });
  EXPECT_TRUE(keys.publish(0, key("channel"), "x"));
  run_until([&] { return !heard.empty(); });
  EXPECT_EQ(heard, std::vector<std::string>{"x"});
}

TEST(Keys, OfAServerThatIsAwayAreUnavailable) {
  boost::asio::io_context loop;
  Keys keys(loop, {Address{"127.0.0.1", 1, "", ""}}, {});
  EXPECT_FALSE(keys.set(0, "a", "1", 60s));
  std::optional<ErrorCode> code;
  keys.get(0, {"a"}, [&](const auto& values) { code = values.error().code; });
  EXPECT_FALSE(code) << "not before the call returns";
  loop.run();
  EXPECT_EQ(code, ErrorCode::unavailable);
}

/// Lets connections in and says nothing more.
struct SilentServer {
  boost::asio::io_context loop;
  boost::asio::ip::tcp::acceptor acceptor{loop, {boost::asio::ip::address_v4::loopback(), 0}};
  boost::asio::ip::tcp::socket socket{loop};
  bool up = false;
  Keys keys{loop,
            {Address{"127.0.0.1", acceptor.local_endpoint().port(), "", ""}},
            {.link = [this](auto, bool is_up, auto) { up = is_up; }}};
  std::vector<ErrorCode> failed;

  SilentServer() {
    acceptor.async_accept(socket, [this](const auto&) {
      boost::asio::write(socket, boost::asio::buffer(std::string_view("+PONG\r\n")));
    });
    keys.start();
    run_until([this] { return up; });
  }
  void read() {
    keys.get(0, {"a"}, [this](const auto& values) { failed.push_back(values.error().code); });
  }
  void run_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done() && std::chrono::steady_clock::now() < end) loop.run_one_for(50ms);
    ASSERT_TRUE(done());
  }
};

TEST(Keys, GiveUpWhenNoAnswerComes) {
  SilentServer server;
  server.read();
  server.run_until([&] { return server.failed.size() == 1; });
  EXPECT_EQ(server.failed.front(), ErrorCode::unavailable);
  EXPECT_TRUE(server.up);
}

TEST(Keys, FailAllThatWaitsWhenTheConnectionBreaks) {
  SilentServer server;
  server.read();
  server.read();
  server.run_until([&] { return server.socket.is_open(); });
  server.socket.close();
  server.run_until([&] { return !server.up; });
  EXPECT_EQ(server.failed,
            (std::vector<ErrorCode>{ErrorCode::unavailable, ErrorCode::unavailable}));
}

}  // namespace
}  // namespace confab::redis
