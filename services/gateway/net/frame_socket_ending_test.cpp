// How connections end, and who is told what.
#include "gateway/net/frame_socket_fixture_test.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
using testing::bytes;
using testing::client_frame;
using testing::client_text;
using testing::close_payload;
using testing::FrameSocketTest;
using testing::kBye;
using testing::kByeAnswer;

TEST_F(FrameSocketTest, ClosesWithTheCodeOfTheRuleBroken) {
  EXPECT_EQ(exchange(client_frame({.payload = "x", .masked = false})), "\x88\2\x03\xea");
  EXPECT_EQ(close_reason(), "protocol");
}

TEST_F(FrameSocketTest, ClosesOnBadText) {
  EXPECT_EQ(exchange(client_text("fine") + client_text("\xff") + client_text("unheard")),
            "\x81\4" + ("fine" + std::string("\x88\2\x03\xef")));
  EXPECT_EQ(close_reason(), "protocol");
}

TEST_F(FrameSocketTest, LetsTheClientReadWhyItsMessageWasTooBig) {
  accept.max_message_bytes = 1000;
  const auto client = connect();
  // It goes on sending after the fault, which must not reset the connection.
  client->send(client_text(std::string(500'000, 'x')));
  EXPECT_EQ(client->read_to_end(), "\x88\2\x03\xf1");
  client->socket().close();
  EXPECT_EQ(close_reason(), "too_big");
}

TEST_F(FrameSocketTest, EchoesTheCloseCodeAfterWhatWaits) {
  EXPECT_EQ(exchange(client_text("x") + client_frame({Opcode::close, close_payload(4321, "r")}) +
                     client_text("unheard")),
            "\x81\1x\x88\2\x10\xe1");
  EXPECT_EQ(close_reason(), "closed");
}

TEST_F(FrameSocketTest, EchoesAnEmptyClose) {
  EXPECT_EQ(exchange(client_frame({.opcode = Opcode::close})), std::string("\x88\0", 2));
  EXPECT_EQ(close_reason(), "closed");
}

TEST_F(FrameSocketTest, HearsNothingButTheCloseAfterItsOwn) {
  const auto client = connect();
  loop.run([this] {
    socket->send_text(bytes("last"));
    socket->close(1001, "bye");
    socket->close(1002, "twice");
    socket->send_text(bytes("never"));
  });
  client->send(client_text("unheard") + kBye);
  EXPECT_EQ(client->read_to_end(), "\x81\4last\x88\5\x03\xe9" + std::string("bye"));
  EXPECT_EQ(close_reason(), "closed");
}

TEST_F(FrameSocketTest, EndsAtOnceWhenAborted) {
  const auto client = connect();
  loop.run([this] {
    socket->send_text(bytes("never sent"));
    socket->abort();
    socket->abort();
  });
  EXPECT_EQ(client->read_to_end(), "");
  EXPECT_EQ(close_reason(), "aborted");
}

TEST_F(FrameSocketTest, PingsASilentPeerAndKeepsOneThatAnswers) {
  accept.keep_alive = std::chrono::seconds(30);
  const auto client = connect();
  const auto read = [&](std::size_t size) {
    std::string bytes(size, ' ');
    asio::read(client->socket(), asio::buffer(bytes));
    return bytes;
  };
  for (int i = 0; i < 3; ++i) {
    testing::pass(loop, *server, accept.keep_alive);
    EXPECT_EQ(read(2), std::string("\x89\0", 2));
    client->send(client_frame({.opcode = Opcode::pong}) + client_text("x"));
    EXPECT_EQ(read(3), "\x81\1x");  // So the pong has arrived, too.
  }
  testing::pass(loop, *server, accept.keep_alive);
  EXPECT_EQ(read(2), std::string("\x89\0", 2));
  testing::pass(loop, *server, accept.keep_alive);
  EXPECT_EQ(client->read_to_end(), "");
  EXPECT_EQ(close_reason(), "timeout");
}

TEST_F(FrameSocketTest, LetsGoOfItsListenerWhenTheLoopEnds) {
  struct Holder final : WebSocketListener {
    std::shared_ptr<WebSocket> socket;
    void on_text(WebSocket&, std::string_view) override {}
    void on_binary(WebSocket&, std::string_view) override {}
    void on_closed(WebSocket&, std::string_view) override {}
  };
  std::weak_ptr<Holder> holder;
  {
    testing::Loop other;
    HttpServer http(other.io(), {.address = "127.0.0.1"});
    std::promise<void> opened;
    http.route_upgrade("/", [&](HttpRequest) -> asio::awaitable<UpgradeDecision> {
      UpgradeAccept accepted;
      accepted.opened = [&](std::shared_ptr<WebSocket> fresh) {
        const auto listener = std::make_shared<Holder>();
        listener->socket = std::move(fresh);
        listener->socket->start(listener);
        holder = listener;
        opened.set_value();
      };
      co_return accepted;
    });
    const auto other_port = other.run([&] { return http.start(); }).value();
    const testing::TestWebSocket client(other_port, "/");
    opened.get_future().get();
    EXPECT_FALSE(holder.expired());
    other.stop();
  }
  EXPECT_TRUE(holder.expired());
}

}  // namespace
}  // namespace confab::gateway
