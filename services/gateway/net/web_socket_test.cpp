#include "gateway/net/web_socket.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "gateway/net/manual_time.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
using testing::TestClient;
using testing::TestWebSocket;

SharedBytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

class WebSocketTest : public ::testing::Test {
 protected:
  /// Echoes, but for the words that ask for something else.
  struct Echo final : WebSocketListener {
    explicit Echo(WebSocketTest& owner) : test(owner) {}

    void on_text(WebSocket& from, std::string_view text) override {
      if (text == "throw") throw std::runtime_error("broken");
      from.send_text(bytes(text));
      if (text == "close") from.close(4001, "as asked");
    }
    void on_binary(WebSocket& from, std::string_view data) override {
      from.send_binary(bytes(data));
    }
    void on_closed(WebSocket&, std::string_view reason) override {
      test.closed.set_value(std::string(reason));
    }

    WebSocketTest& test;
  };

  void SetUp() override {
    NetEvents events;
    events.outbox_overflowed = [this] { ++overflows; };
    server = std::make_unique<HttpServer>(loop.io(),
                                          HttpServerOptions{.address = "127.0.0.1",
                                                            .allowed_origins = {"https://a.test"},
                                                            .now = &testing::manual_now},
                                          events);
    server->route_upgrade("/ws",
                          [this](HttpRequest request) { return upgrade(std::move(request)); });
    port = loop.run([this] { return server->start(); }).value();
  }

  void TearDown() override {
    loop.stop();
    socket.reset();
  }

  asio::awaitable<UpgradeDecision> upgrade(HttpRequest request) {
    if (request.path == "/ws/no") {
      HttpResponse no{.status = 403, .body = "no"};
      co_return no;
    }
    accept.opened = [this](std::shared_ptr<WebSocket> opened) { serve(std::move(opened)); };
    co_return accept;
  }

  void serve(std::shared_ptr<WebSocket> opened) {
    socket = std::move(opened);
    socket->start(std::make_shared<Echo>(*this));
  }

  /// Waits for on_closed.
  std::string close_reason() { return closed.get_future().get(); }

  UpgradeAccept accept;
  testing::Loop loop;
  std::unique_ptr<HttpServer> server;
  std::shared_ptr<WebSocket> socket;
  std::promise<std::string> closed;
  int overflows = 0;
  std::uint16_t port = 0;
};

TEST_F(WebSocketTest, CarriesTextAndBinary) {
  TestWebSocket client(port, "/ws");
  client.send("héllo");
  EXPECT_EQ(client.read(), "héllo");
  EXPECT_FALSE(client.binary());
  client.send(std::string("\0\x01", 2), true);
  EXPECT_EQ(client.read(), std::string("\0\x01", 2));
  EXPECT_TRUE(client.binary());
  client.close();
  EXPECT_EQ(close_reason(), "closed");
  EXPECT_EQ(loop.run([this] { return socket->outbox_bytes(); }), 0U);
}

TEST_F(WebSocketTest, NamesTheSubprotocolChosen) {
  accept.subprotocol = "confab";
  TestWebSocket client(port, "/ws", {{"Sec-WebSocket-Protocol", "other, confab"}});
  EXPECT_EQ(client.subprotocol(), "confab");
}

TEST_F(WebSocketTest, RefusesUpgradesWithTheHandlersAnswer) {
  EXPECT_EQ(TestWebSocket(port, "/ws/no").status(), 403);
  EXPECT_EQ(TestWebSocket(port, "/elsewhere").status(), 400);
}

TEST_F(WebSocketTest, RefusesForeignOrigins) {
  EXPECT_EQ(TestWebSocket(port, "/ws", {{"Origin", "https://b.test"}}).status(), 403);
  EXPECT_EQ(TestWebSocket(port, "/ws", {{"Origin", "https://a.test"}}).status(), 101);
}

TEST_F(WebSocketTest, SendsWhatIsQueuedBeforeItCloses) {
  TestWebSocket client(port, "/ws");
  client.send("close");
  EXPECT_EQ(client.read(), "close");
  EXPECT_EQ(client.read_close_code(), 4001);
  EXPECT_EQ(close_reason(), "closed");
}

TEST_F(WebSocketTest, ClosesWithAnInternalErrorWhenACallbackThrows) {
  TestWebSocket client(port, "/ws");
  client.send("throw");
  EXPECT_EQ(client.read_close_code(), 1011);
}

TEST_F(WebSocketTest, CutsOffAClientThatNeverReads) {
  accept.max_outbox_bytes = 100'000;
  TestWebSocket client(port, "/ws");
  client.send("ready");
  EXPECT_EQ(client.read(), "ready");
  const auto message = bytes(std::string(10'000, 'x'));
  // All in one turn of the loop, so that nothing is written in between.
  loop.run([&] {
    for (int i = 0; i < 11; ++i) socket->send_text(message);
  });
  EXPECT_EQ(close_reason(), "overflow");
  EXPECT_EQ(overflows, 1);
}

TEST_F(WebSocketTest, RefusesMessagesAboveTheLimit) {
  accept.max_message_bytes = 10;
  TestWebSocket client(port, "/ws");
  client.send("0123456789");
  EXPECT_EQ(client.read(), "0123456789");
  client.send("0123456789a");
  EXPECT_EQ(client.read_close_code(), 1009);
  EXPECT_EQ(close_reason(), "too_big");
}

TEST_F(WebSocketTest, DropsAPeerThatAnswersNoPings) {
  accept.keep_alive = std::chrono::seconds(30);
  TestClient client(port);
  client.send(
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_EQ(client.read().status, 101);
  for (int i = 0; i < 2; ++i) testing::pass(loop, *server, accept.keep_alive);
  EXPECT_EQ(close_reason(), "timeout");
}

TEST_F(WebSocketTest, TellsWhenThePeerIsLost) {
  { TestWebSocket client(port, "/ws"); }
  EXPECT_EQ(close_reason(), "lost");
}

}  // namespace
}  // namespace confab::gateway
