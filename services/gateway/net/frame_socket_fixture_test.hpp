#pragma once

// Test support: a server with one echoing WebSocket, and clients that send and read raw bytes.

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/net/manual_time.hpp"
#include "gateway/net/test_frames.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway::testing {

inline SharedBytes bytes(std::string_view text) {
  return std::make_shared<const std::string>(text);
}

/// A server whose WebSockets echo, and clients that send and read bytes as they are.
class FrameSocketTest : public ::testing::Test {
 protected:
  struct Echo final : WebSocketListener {
    explicit Echo(FrameSocketTest& owner) : test(owner) {}

    void on_text(WebSocket& from, std::string_view text) override { from.send_text(bytes(text)); }
    void on_binary(WebSocket& from, std::string_view data) override {
      from.send_binary(bytes(data));
    }
    void on_drained(WebSocket& from) override {
      if (test.drained) test.drained(from);
    }
    void on_closed(WebSocket&, std::string_view reason) override {
      test.closed.set_value(std::string(reason));
    }

    FrameSocketTest& test;
  };

  void SetUp() override {
    NetEvents events;
    events.flushed = [this](std::size_t size) { flushes.push_back(size); };
    server = std::make_unique<HttpServer>(
        loop.io(), HttpServerOptions{.address = "127.0.0.1", .now = &manual_now}, events);
    server->route_upgrade("/", [this](HttpRequest) { return upgrade(); });
    port = loop.run([this] { return server->start(); }).value();
  }

  void TearDown() override {
    loop.stop();
    socket.reset();
  }

  boost::asio::awaitable<UpgradeDecision> upgrade() {
    accept.opened = [this](std::shared_ptr<WebSocket> opened) {
      socket = std::move(opened);
      socket->start(std::make_shared<Echo>(*this));
    };
    co_return accept;
  }

  /// A client whose upgrade was answered.
  std::unique_ptr<TestClient> connect() {
    auto client = std::make_unique<TestClient>(port);
    client->send(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    EXPECT_EQ(client->read().status, 101);
    loop.run([this] { flushes.clear(); });
    return client;
  }

  /// Sends, says that nothing more will come, and gives what the server answers to the end.
  std::string exchange(std::string_view sent) {
    const auto client = connect();
    client->send(sent);
    return client->read_to_end();
  }

  /// Waits for on_closed.
  std::string close_reason() { return closed.get_future().get(); }

  UpgradeAccept accept;
  testing::Loop loop;
  std::unique_ptr<HttpServer> server;
  std::shared_ptr<WebSocket> socket;
  std::promise<std::string> closed;
  std::function<void(WebSocket&)> drained;
  std::vector<std::size_t> flushes;  ///< Bytes sent by each system call.
  std::uint16_t port = 0;
};

inline const std::string kBye = client_frame({Opcode::close, close_payload(1000)});
inline const std::string kByeAnswer = "\x88\2\x03\xe8";

}  // namespace confab::gateway::testing
