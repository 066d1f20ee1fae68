#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "common/base/random.hpp"
#include "gateway/engineio/server.hpp"
#include "gateway/net/manual_time.hpp"

namespace confab::gateway {
namespace {

using testing::TestClient;
using testing::TestWebSocket;

SharedBytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

/// Echoes, but for the words that ask for something else; keeps the session and why it closed.
struct Echo final : EngineHandler {
  std::shared_ptr<EngineSession> session;
  std::promise<std::string> closed;
  bool in_call = false;

  void on_open(const std::shared_ptr<EngineSession>& opened) override {
    session = opened;
    opened->app_data = std::make_shared<std::string>("mine");
  }

  void on_text(EngineSession& from, std::string_view text) override {
    if (text == "throw") throw std::runtime_error("broken");
    in_call = true;
    if (text == "close") from.close(1001, "going");
    if (text == "flood") {
      for (int i = 0; i < 20; ++i) from.send_text(bytes("4" + std::string(99, 'x')));
    } else {
      from.send_text(bytes("4" + std::string(text)));
    }
    in_call = false;
  }

  void on_binary(EngineSession& from, std::string_view data) override {
    from.send_binary(bytes(data));
  }

  void on_close(EngineSession& left, std::string_view reason) override {
    const bool has_data = left.app_data != nullptr;
    closed.set_value((has_data ? "" : "without data: ") + std::string(reason) +
                     (in_call ? " inside a call" : ""));
  }
};

class EngineTest : public ::testing::Test {
 protected:
  void start(EngineOptions options = {}, SessionCookie cookie = {}) {
    options.path = "/e/";
    EngineEvents events;
    events.handshake_refused = [this](std::string_view reason) { refused = reason; };
    http = std::make_unique<HttpServer>(
        loop.io(), HttpServerOptions{.address = "127.0.0.1", .now = &testing::manual_now});
    engine = std::make_unique<EngineServer>(*http, options, random, events);
    engine->serve(echo);
    engine->set_cookie(std::move(cookie));
    port = loop.run([this] { return http->start(); }).value();
    client = std::make_unique<TestClient>(port);
  }

  void TearDown() override {
    loop.stop();
    echo.session.reset();
  }

  /// Opens a polling session and gives the target for its requests.
  std::string open() {
    const auto answer = client->get("/e/?EIO=4&transport=polling");
    const auto begin = answer.body.find("sid\":\"") + 6;
    return "/e/?EIO=4&transport=polling&sid=" + answer.body.substr(begin, 20);
  }

  /// The target by which a WebSocket takes a polling session over.
  static std::string upgrade_of(const std::string& target) {
    return "/e/?EIO=4&transport=websocket" + target.substr(target.find("&sid"));
  }

  void pass(std::chrono::milliseconds time) { testing::pass(loop, *http, time); }

  std::string close_reason() { return echo.closed.get_future().get(); }

  std::size_t open_sessions(Transport transport) {
    return loop.run([&] { return engine->open_sessions(transport); });
  }

  testing::Loop loop;
  SystemRandom random;
  Echo echo;
  std::unique_ptr<HttpServer> http;
  std::unique_ptr<EngineServer> engine;
  std::unique_ptr<TestClient> client;
  std::uint16_t port = 0;
  std::string refused;
};

TEST_F(EngineTest, GivesTheApplicationItsDataAlsoOfASessionThatClosedBeforeItWasTold) {
  start({.max_outbox_bytes = 10});  // Less than the packet that opens it.
  client->get("/e/?EIO=4&transport=polling");
  EXPECT_EQ(close_reason(), "overflow");
  EXPECT_EQ(loop.run([this] { return echo.session->app_data.use_count(); }), 0);
}

TEST_F(EngineTest, CountsSessionsByTransport) {
  start();
  const auto target = open();
  EXPECT_EQ(open_sessions(Transport::polling), 1U);
  TestWebSocket socket(port, upgrade_of(target));
  socket.send("2probe");
  EXPECT_EQ(socket.read(), "3probe");
  socket.send("5");
  socket.send("4x");
  EXPECT_EQ(socket.read(), "4x");
  EXPECT_EQ(open_sessions(Transport::polling), 0U);
  EXPECT_EQ(open_sessions(Transport::websocket), 1U);
  socket.close();
  EXPECT_EQ(close_reason(), "transport close");
  EXPECT_EQ(open_sessions(Transport::websocket), 0U);
}

TEST_F(EngineTest, CountsSessionsByVersion) {
  start();
  open();
  client->get("/e/?EIO=3&transport=polling");
  client->get("/e/?EIO=3&transport=polling");
  TestWebSocket socket(port, "/e/?EIO=3&transport=websocket");
  socket.read();
  loop.run([this] {
    EXPECT_EQ(engine->open_sessions(Transport::polling, EngineVersion::v4), 1U);
    EXPECT_EQ(engine->open_sessions(Transport::polling, EngineVersion::v3), 2U);
    EXPECT_EQ(engine->open_sessions(Transport::websocket, EngineVersion::v3), 1U);
    EXPECT_EQ(engine->open_sessions(Transport::websocket, EngineVersion::v4), 0U);
  });
}

TEST_F(EngineTest, ReapsClientsOfVersion3ThatSendNoPing) {
  start();
  client->get("/e/?EIO=3&transport=polling");
  pass(EngineOptions().ping_interval);
  EXPECT_EQ(open_sessions(Transport::polling), 1U);
  pass(EngineOptions().ping_timeout);
  EXPECT_EQ(close_reason(), "ping timeout");
  EXPECT_EQ(open_sessions(Transport::polling), 0U);
}

TEST_F(EngineTest, SendsWhatIsQueuedWithTheNextPollBeforeItCloses) {
  start();
  const auto target = open();
  client->post(target,
               "4one\x1e"
               "4close");
  EXPECT_EQ(close_reason(), "server close");
  EXPECT_EQ(client->get(target).body,
            "4one\x1e"
            "1");
  EXPECT_EQ(client->get(target).status, 400);
}

TEST_F(EngineTest, ForgetsAClosedSessionThatIsNotPolledAnyMore) {
  start();
  const auto target = open();
  client->post(target, "4close");
  EXPECT_EQ(close_reason(), "server close");
  pass(EngineOptions().ping_timeout);
  const std::weak_ptr<EngineSession> session = std::exchange(echo.session, nullptr);
  while (!session.expired()) std::this_thread::yield();
  EXPECT_EQ(client->get(target).status, 400);
}

TEST_F(EngineTest, CutsOffAPollingClientThatFallsBehind) {
  start({.max_outbox_bytes = 1000});
  const auto target = open();
  EXPECT_EQ(client->post(target, "4flood").status, 200);
  EXPECT_EQ(close_reason(), "overflow");
  EXPECT_EQ(client->get(target).status, 400);
}

TEST_F(EngineTest, CutsOffAWebSocketClientThatFallsBehind) {
  start({.max_outbox_bytes = 1000});
  TestWebSocket socket(port, "/e/?EIO=4&transport=websocket");
  socket.read();
  socket.send("4flood");
  EXPECT_EQ(close_reason(), "overflow");
}

TEST_F(EngineTest, ClosesTheSessionWhenTheHandlerThrows) {
  start();
  const auto target = open();
  client->post(target, "4throw");
  EXPECT_EQ(close_reason(), "transport error");
  EXPECT_EQ(client->get(target).status, 400);
}

TEST_F(EngineTest, ClosesASilentSessionAndTellsTheHandler) {
  start();
  TestWebSocket socket(port, "/e/?EIO=4&transport=websocket");
  socket.read();
  pass(EngineOptions().ping_interval);
  EXPECT_EQ(socket.read(), "2");
  pass(EngineOptions().ping_timeout);
  EXPECT_EQ(close_reason(), "ping timeout");
}

TEST_F(EngineTest, GivesAnUnfinishedUpgradeUpAndKeepsPolling) {
  start();
  const auto target = open();
  TestWebSocket socket(port, upgrade_of(target));
  socket.send("2probe");
  EXPECT_EQ(socket.read(), "3probe");
  pass(EngineOptions().upgrade_timeout);
  EXPECT_EQ(socket.read_close_code(), 1000);
  client->post(target, "4still");
  EXPECT_EQ(client->get(target).body, "4still");
}

TEST_F(EngineTest, TakesAnotherUpgradeAfterOneWasGivenUp) {
  start();
  const auto target = open();
  TestWebSocket first(port, upgrade_of(target));
  first.send("wrong");
  EXPECT_EQ(first.read_close_code(), 1000);
  TestWebSocket second(port, upgrade_of(target));
  second.send("2probe");
  EXPECT_EQ(second.read(), "3probe");
}

TEST_F(EngineTest, RefusesNewSessionsButServesOpenOnesWhenDraining) {
  start();
  const auto target = open();
  loop.run([this] { engine->refuse_new_sessions(); });
  TestClient other(port);
  EXPECT_EQ(other.get("/e/?EIO=4&transport=polling").status, 503);
  EXPECT_EQ(TestWebSocket(port, "/e/?EIO=4&transport=websocket").status(), 503);
  EXPECT_EQ(loop.run([this] { return refused; }), "draining");
  EXPECT_EQ(client->post(target, "4x").status, 200);
  EXPECT_EQ(client->get(target).body, "4x");
}

TEST_F(EngineTest, RefusesMoreSessionsThanItMayHold) {
  start({.max_sessions = 1});
  open();
  EXPECT_EQ(client->get("/e/?EIO=4&transport=polling").status, 503);
  EXPECT_EQ(loop.run([this] { return refused; }), "overloaded");
}

TEST_F(EngineTest, ClosesSessionsInWaves) {
  start();
  TestWebSocket first(port, "/e/?EIO=4&transport=websocket");
  first.read();
  EXPECT_EQ(loop.run([this] { return engine->close_some(5, 1001, "drain"); }), 0U);
  EXPECT_EQ(first.read_close_code(), 1001);
  EXPECT_EQ(close_reason(), "server close");
}

TEST_F(EngineTest, SetsNoCookieUnlessItIsToldTo) {
  start();
  EXPECT_EQ(client->get("/e/?EIO=4&transport=polling").head.find("Set-Cookie"), std::string::npos);
}

TEST_F(EngineTest, SetsTheCookieWithTheSidOnceWhenASessionOpensByPolling) {
  start({}, {.name = "io"});
  const auto answer = client->get("/e/?EIO=4&transport=polling");
  const auto begin = answer.body.find("sid\":\"") + 6;
  const auto sid = answer.body.substr(begin, answer.body.find('"', begin) - begin);
  EXPECT_NE(answer.head.find("Set-Cookie: io=" + sid + "; Path=/; HttpOnly; SameSite=Lax\r\n"),
            std::string::npos)
      << answer.head;
  client->post("/e/?EIO=4&transport=polling&sid=" + sid, "4hello");
  const auto next = client->get("/e/?EIO=4&transport=polling&sid=" + sid);
  EXPECT_EQ(next.body, "4hello");
  EXPECT_EQ(next.head.find("Set-Cookie"), std::string::npos);
}

}  // namespace
}  // namespace confab::gateway
