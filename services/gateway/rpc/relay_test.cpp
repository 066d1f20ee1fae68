// WebSockets at one gateway whose sessions another has.
#include <boost/asio/co_spawn.hpp>

#include "gateway/rpc/forward_fixture_test.hpp"
#include "gateway/rpc/relayed_socket.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct Relay : ::testing::Test {
  void begin(EngineOptions options = {}) {
    owner = &make_gateway(std::size_t{1}, std::move(options));
    other = &make_gateway();
    client = std::make_unique<TestClient>(owner->port());
    target = open_session(*client);
  }
  static constexpr std::size_t kBytes = 200'000;
  /// Has the owner send messages of kBytes, one by one, until all that is between it and a client
  /// that does not read is full: the limits of both gateways, and what gRPC and the kernel keep.
  /// How many were sent.
  std::size_t fill(TestWebSocket& socket) {
    std::size_t asked = 0;
    while (owner->node().echo.refused < 40 && asked < 1000) {
      socket.send("4shared 1 " + std::to_string(kBytes));
      ++asked;
      while (owner->node().echo.heard < asked) std::this_thread::yield();
    }
    EXPECT_GE(owner->node().echo.refused, 40U);
    return asked - owner->node().echo.refused;
  }
  std::string close_reason() { return owner->node().echo.closed.get_future().get(); }
  /// Nothing is left of the socket on either side.
  void TearDown() override {
    EXPECT_TRUE(other->node().sockets.becomes(0));
    while (owner->node().guests() != 0) std::this_thread::yield();
  }

  TestGateway* owner = nullptr;
  TestGateway* other = nullptr;
  std::unique_ptr<TestClient> client;
  std::string target;
};

TEST_F(Relay, CarriesASessionFromPollingToWebSocket) {
  begin();
  client->post(target, "4before");
  const auto socket = upgrade(other->port(), target);
  EXPECT_EQ(socket->read(), "4before");
  socket->send("4after");
  EXPECT_EQ(socket->read(), "4after");
  socket->send(std::string("\0\xff", 2), true);
  EXPECT_EQ(socket->read(), std::string("\0\xff", 2));
  EXPECT_TRUE(socket->binary());
  EXPECT_TRUE(other->node().sockets.becomes(1));
  const auto open = owner->node().loop.run(
      [&] { return owner->node().engine.open_sessions(Transport::websocket); });
  EXPECT_EQ(open, 1U);
  socket->close();
  EXPECT_EQ(close_reason(), "transport close");
}

TEST_F(Relay, KeepsTheOrderOfManyMessagesBothWays) {
  begin();
  const auto socket = upgrade(other->port(), target);
  constexpr int kMessages = 2000;
  std::thread sender([&] {
    for (int i = 0; i < kMessages; ++i) socket->send("4" + std::to_string(i));
  });
  for (int i = 0; i < kMessages; ++i) EXPECT_EQ(socket->read(), "4" + std::to_string(i));
  sender.join();
  socket->close();
}

TEST_F(Relay, CarriesTheLargestMessage) {
  begin();
  const auto socket = upgrade(other->port(), target);
  const std::string large(EngineOptions().max_payload - 1, 'x');
  socket->send("4" + large);
  EXPECT_EQ(socket->read(), "4" + large);
  socket->close();
}

TEST_F(Relay, ClosesTheClientAsTheOwnerDoes) {
  begin();
  const auto socket = upgrade(other->port(), target);
  socket->send("4last");
  socket->send("4close");
  EXPECT_EQ(socket->read(), "4last");
  EXPECT_EQ(socket->read_close_code(), 1001);
  EXPECT_EQ(close_reason(), "server close");
}

TEST_F(Relay, SendsItsClientsElsewhereWhenItEndsItself) {
  begin();
  const auto socket = upgrade(other->port(), target);
  socket->send("4asked");
  EXPECT_EQ(socket->read(), "4asked");
  auto& node = other->node();
  boost::asio::co_spawn(node.loop.io(), node.forwarder.send_away(0ms),
                        [](const std::exception_ptr& failed) { EXPECT_FALSE(failed); });
  EXPECT_EQ(socket->read_close_code(), 1012);
  EXPECT_EQ(close_reason(), "transport close");
}

TEST_F(Relay, TellsTheOwnerThatTheClientIsLost) {
  begin();
  auto socket = upgrade(other->port(), target);
  socket->send("4x");
  EXPECT_EQ(socket->read(), "4x");
  socket.reset();
  EXPECT_EQ(close_reason(), "transport error");
}

TEST_F(Relay, ClosesTheClientWhenTheOwnerDies) {
  begin();
  const auto socket = upgrade(other->port(), target);
  socket->send("4x");
  EXPECT_EQ(socket->read(), "4x");
  owner->die();
  EXPECT_EQ(socket->read_close_code(), 1012);
  EXPECT_EQ(close_reason(), "transport error");
}

TEST_F(Relay, ClosesTheSessionWhenItsHandlerThrows) {
  begin();
  const auto socket = upgrade(other->port(), target);
  socket->send("4throw");
  EXPECT_EQ(socket->read_close_code(), 1000);
  EXPECT_EQ(close_reason(), "transport error");
}

TEST_F(Relay, EndsASilentClient) {
  begin();
  const auto socket = upgrade(other->port(), target);
  socket->send("4x");
  EXPECT_EQ(socket->read(), "4x");
  owner->node().pass(EngineOptions().ping_interval);
  EXPECT_EQ(socket->read(), "2");
  owner->node().pass(EngineOptions().ping_timeout);
  EXPECT_EQ(close_reason(), "ping timeout");
  EXPECT_EQ(socket->read_close_code(), 1000);
}

TEST_F(Relay, RefusesAnUpgradeOfASessionThatIsGone) {
  begin();
  client->post(target, "1");
  EXPECT_EQ(TestWebSocket(other->port(), upgrade_of(target)).status(), 400);
}

TEST_F(Relay, GivesAnUnfinishedUpgradeUpAndKeepsPolling) {
  begin();
  TestWebSocket socket(other->port(), upgrade_of(target));
  socket.send("2probe");
  EXPECT_EQ(socket.read(), "3probe");
  owner->node().pass(EngineOptions().upgrade_timeout);
  EXPECT_EQ(socket.read_close_code(), 1000);
  client->post(target, "4still");
  EXPECT_EQ(client->get(target).body, "4still");
}

TEST_F(Relay, RefusesMoreForASlowReaderAndTellsWhenItHasCaughtUp) {
  begin();
  const auto socket = upgrade(other->port(), target);
  const auto sent = fill(*socket);
  for (std::size_t i = 0; i < sent; ++i) ASSERT_EQ(socket->read().size(), kBytes + 1);
  while (!owner->node().echo.drained) std::this_thread::yield();
  socket->close();
}

TEST_F(Relay, DropsAClientThatHasCeasedToReadOnceItsSessionIsOver) {
  begin();
  const auto socket = upgrade(other->port(), target);
  fill(*socket);
  EXPECT_TRUE(other->node().sockets.becomes(1));
  socket->send("4close");
  EXPECT_EQ(close_reason(), "server close");
  owner->node().pass(RelayedSocket::kCloseTime);
  other->node().pass(SessionForwarder::Options().patience);
  EXPECT_TRUE(other->node().sockets.becomes(0));
  EXPECT_NE(socket->read_close_code(), 1001);  // It broke off.
}

TEST_F(Relay, CutsAClientOffForWhomTooMuchWaits) {
  begin({.max_outbox_bytes = 1000});
  const auto socket = upgrade(other->port(), target);
  socket->send("4" + std::string(2000, 'x'));
  EXPECT_EQ(close_reason(), "overflow");
  EXPECT_NE(socket->read_close_code(), 1000);
}

TEST_F(Relay, HoldsAClientUpThatTalksFasterThanTheOwnerListens) {
  begin();
  const auto socket = upgrade(other->port(), target);
  socket->send("4x");
  EXPECT_EQ(socket->read(), "4x");
  std::promise<void> go_on;
  boost::asio::post(owner->node().loop.io(), [gate = go_on.get_future().share()] { gate.wait(); });
  std::atomic<int> sent = 0;
  constexpr int kMessages = 400;
  std::thread sender([&] {
    for (int i = 0; i < kMessages; ++i, ++sent) socket->send("4" + std::string(100'000, 'x'));
  });
  // It gets stuck somewhere below the 40 MB that it wants to say: nobody takes what it has said.
  while (sent.load() < kMessages && socket->can_send_within(500ms)) std::this_thread::yield();
  EXPECT_LT(sent.load(), kMessages);
  go_on.set_value();
  for (int i = 0; i < kMessages; ++i) ASSERT_EQ(socket->read().size(), 100'001U);
  sender.join();
  socket->close();
}

}  // namespace
}  // namespace confab::gateway
