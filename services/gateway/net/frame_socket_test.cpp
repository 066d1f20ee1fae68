#include "gateway/net/frame_socket.hpp"

#include <thread>

#include "gateway/net/frame_socket_fixture_test.hpp"

namespace confab::gateway {
namespace {

using testing::bytes;
using testing::client_frame;
using testing::client_text;
using testing::FrameSocketTest;
using testing::kBye;
using testing::kByeAnswer;
using testing::TestClient;

SharedBytes text_frame(std::string_view text) {
  std::string frame;
  append_text_frame(frame, text);
  return bytes(frame);
}

TEST_F(FrameSocketTest, RefusesBadHandshakes) {
  const auto ask = [this](const std::string& headers) {
    return TestClient(port).get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n" + headers);
  };
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const auto old = ask("Sec-WebSocket-Version: 8\r\n" + key);
  EXPECT_EQ(old.status, 426);
  EXPECT_NE(old.head.find("Sec-WebSocket-Version: 13\r\n"), std::string::npos);
  EXPECT_EQ(ask("Sec-WebSocket-Version: 13\r\n").status, 400);
  EXPECT_EQ(ask("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n").status, 400);
  EXPECT_EQ(ask(key).status, 400);
}

TEST_F(FrameSocketTest, UnderstandsAClientThatSendsByteByByte) {
  const auto client = connect();
  client->socket().set_option(testing::tcp::no_delay(true));
  const auto sent = client_text("hello") + client_frame({Opcode::text, "h\xc3", false}) +
                    client_frame({Opcode::ping, "p"}) +
                    client_frame({Opcode::continuation, "\xa9llo"}) + kBye;
  for (const char byte : sent) {
    client->send({&byte, 1});
    // So that each is read alone.
    loop.run([] {});
  }
  EXPECT_EQ(client->read_to_end(), "\x81\5hello\x8a\1p\x81\6h\xc3\xa9llo" + kByeAnswer);
  EXPECT_EQ(close_reason(), "closed");
}

TEST_F(FrameSocketTest, CarriesMessagesLargerThanItsBuffers) {
  accept.max_message_bytes = accept.max_outbox_bytes = 10'000'000;
  const std::string large(3'000'000, 'x');
  const auto client = connect();
  std::string answer;
  std::thread reader([&] { answer = client->read_to_end(); });
  client->send(client_text(large) + client_text("after") + kBye);
  reader.join();
  std::string expected;
  append_text_frame(expected, large);
  EXPECT_TRUE(answer == expected + "\x81\5" + "after" + kByeAnswer);
}

TEST_F(FrameSocketTest, SendsAllOfATurnWithOneSystemCallInOrder) {
  const auto client = connect();
  const auto shared = text_frame("shared");
  loop.run([&] {
    socket->send_text(bytes("one"));
    EXPECT_TRUE(socket->send_frames(shared));
    socket->send_binary(bytes("two"));
    EXPECT_TRUE(socket->send_frames(shared));
    EXPECT_TRUE(flushes.empty());
  });
  const std::string expected = "\x81\3one\x81\6shared\x82\3two\x81\6shared";
  client->send(kBye);
  EXPECT_EQ(client->read_to_end(), expected + kByeAnswer);
  EXPECT_EQ(loop.run([this] { return flushes; }),
            (std::vector{expected.size(), kByeAnswer.size()}));
}

TEST_F(FrameSocketTest, AnswersTheUpgradeTogetherWithWhatIsSaidFirst) {
  accept.subprotocol = "confab";
  connect();
  // The only system call before connect() looked away would have been counted; another is not made.
  loop.run([&] { EXPECT_TRUE(flushes.empty()); });
}

TEST_F(FrameSocketTest, SendsMoreThanOneSystemCallCarries) {
  const auto client = connect();
  std::string expected;
  loop.run([&] {
    for (int i = 0; i < 500; ++i) {
      const auto text = std::to_string(i);
      socket->send_text(bytes(text));
      append_text_frame(expected, text);
    }
  });
  client->send(kBye);
  EXPECT_EQ(client->read_to_end(), expected + kByeAnswer);
}

TEST_F(FrameSocketTest, RefusesSharedFramesForASlowReaderAndTellsWhenItHasCaughtUp) {
  accept.max_backlog_bytes = 100'000;
  const auto client = connect();
  // Each is a frame of its own text, so that a repeat or a loss would show.
  int made = 0;
  std::string expected;
  const auto send_one = [&] {
    const auto frame = text_frame(std::to_string(made) + std::string(5000, '.'));
    if (!socket->send_frames(frame)) return false;
    expected += *frame;
    ++made;
    return true;
  };
  drained = [&](WebSocket& from) {
    EXPECT_EQ(from.outbox_bytes(), 0U);
    EXPECT_TRUE(send_one());
    from.send_text(bytes("caught up"));
    append_text_frame(expected, "caught up");
    from.close(1000, {});  // kByeAnswer
  };
  // The client does not read: once the kernel's buffers are full, the backlog grows to its limit.
  while (loop.run(send_one)) {
  }
  const auto waiting = loop.run([&] {
    socket->send_text(bytes("private"));
    append_text_frame(expected, "private");
    EXPECT_FALSE(send_one());
    return socket->outbox_bytes();
  });
  EXPECT_GT(waiting, 100'000U);
  EXPECT_LE(waiting, 100'000U + 5100 + 100);
  // Now it reads: up to the close frame that follows when all has left.
  std::string read;
  boost::asio::read_until(client->socket(), boost::asio::dynamic_buffer(read), kByeAnswer);
  client->send(kBye);
  EXPECT_EQ(close_reason(), "closed");
  EXPECT_TRUE(read == expected + kByeAnswer);
}

TEST_F(FrameSocketTest, CutsOffASlowReaderOfMessagesOfItsOwn) {
  accept.max_outbox_bytes = 100'000;
  const auto client = connect();
  const auto message = bytes(std::string(10'000, 'x'));
  // Private messages beyond the limit end it, shared frames do not.
  while (loop.run([&] { return socket->send_frames(message); })) {
  }
  loop.run([&] {
    for (int i = 0; i < 9; ++i) socket->send_text(message);
    EXPECT_GT(socket->outbox_bytes(), 300'000U);
    for (int i = 0; i < 9; ++i) socket->send_text(message);
    EXPECT_EQ(socket->outbox_bytes(), 0U);
    socket->send_text(message);
    EXPECT_TRUE(socket->send_frames(message));
    EXPECT_EQ(socket->outbox_bytes(), 0U);
  });
  EXPECT_EQ(close_reason(), "overflow");
}

TEST_F(FrameSocketTest, AnswersPingsOfOneTurnWithTheLast) {
  std::string pings;
  for (int i = 10; i < 60; ++i) pings += client_frame({Opcode::ping, std::to_string(i)});
  EXPECT_EQ(exchange(pings + kBye), "\x8a\2" + ("59" + kByeAnswer));
}

TEST_F(FrameSocketTest, IsSmall) { EXPECT_LE(sizeof(FrameSocket), 304U); }

}  // namespace
}  // namespace confab::gateway
