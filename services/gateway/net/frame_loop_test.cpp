// How an event loop serves many sockets.
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/net/frame_codec.hpp"
#include "gateway/net/manual_time.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {
namespace {

using testing::TestWebSocket;

SharedBytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

class FrameLoopTest : public ::testing::Test {
 protected:
  struct Listener final : WebSocketListener {
    explicit Listener(FrameLoopTest& owner) : test(owner) {}
    void on_text(WebSocket& from, std::string_view text) override {
      ++test.heard;
      test.on_text(from, text);
    }
    void on_binary(WebSocket&, std::string_view) override {}
    void on_closed(WebSocket&, std::string_view) override { test.closed.set_value(); }

    FrameLoopTest& test;
  };

  void SetUp() override {
    server = std::make_unique<HttpServer>(
        loop.io(), HttpServerOptions{.address = "127.0.0.1", .now = &testing::manual_now});
    server->route_upgrade("/", [this](HttpRequest) { return upgrade(); });
    port = loop.run([this] { return server->start(); }).value();
  }

  void TearDown() override {
    loop.stop();
    sockets.clear();
  }

  boost::asio::awaitable<UpgradeDecision> upgrade() {
    UpgradeAccept accept;
    accept.opened = [this](const std::shared_ptr<WebSocket>& opened) {
      sockets.push_back(opened);
      opened->start(std::make_shared<Listener>(*this));
    };
    co_return accept;
  }

  /// Lets the loop do nothing else meanwhile.
  template <typename Action>
  void while_loop_waits(Action action) {
    const auto waits = std::make_shared<std::promise<void>>();
    std::promise<void> done;
    boost::asio::post(loop.io(), [waits, over = done.get_future().share()] {
      waits->set_value();
      over.wait();
    });
    waits->get_future().wait();
    action();
    done.set_value();
  }

  testing::Loop loop;
  std::unique_ptr<HttpServer> server;
  std::vector<std::shared_ptr<WebSocket>> sockets;
  std::function<void(WebSocket&, std::string_view)> on_text =
      [](WebSocket& from, std::string_view text) { from.send_text(bytes(text)); };
  std::promise<void> closed;
  int heard = 0;
  std::uint16_t port = 0;
};

TEST_F(FrameLoopTest, ServesMoreThanATurnTakes) {
  constexpr int kClients = 600;
  std::vector<std::unique_ptr<TestWebSocket>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::make_unique<TestWebSocket>(port, "/"));
  }
  while_loop_waits([&] {
    for (int i = 0; i < kClients; ++i) {
      clients[static_cast<std::size_t>(i)]->send(std::to_string(i));
    }
  });
  for (int i = 0; i < kClients; ++i) {
    EXPECT_EQ(clients[static_cast<std::size_t>(i)]->read(), std::to_string(i));
  }
}

TEST_F(FrameLoopTest, SkipsOneThatAnotherDroppedInTheSameTurn) {
  on_text = [this](WebSocket& from, std::string_view) {
    for (const auto& socket : sockets) {
      if (socket.get() != &from) socket->abort();
    }
  };
  TestWebSocket one(port, "/");
  TestWebSocket other(port, "/");
  while_loop_waits([&] {
    one.send("drop the other");
    other.send("drop the other");
  });
  closed.get_future().wait();
  EXPECT_EQ(loop.run([this] { return heard; }), 1);
}

TEST_F(FrameLoopTest, HearsNothingOfOneThatIsHeldAndAllOfItAfterwards) {
  TestWebSocket held(port, "/");
  TestWebSocket other(port, "/");
  for (int round = 0; round < 3; ++round) {
    loop.run([&] { sockets[0]->set_reading(false); });
    held.send("first");
    held.send("second");
    // It is looked at no later than this one.
    other.send("other");
    EXPECT_EQ(other.read(), "other");
    EXPECT_EQ(loop.run([this] { return std::exchange(heard, 0); }), 1);
    loop.run([&] { sockets[0]->send_text(bytes("it can be written to")); });
    EXPECT_EQ(held.read(), "it can be written to");
    loop.run([&] { sockets[0]->set_reading(true); });
    EXPECT_EQ(held.read(), "first");
    EXPECT_EQ(held.read(), "second");
    EXPECT_EQ(loop.run([this] { return std::exchange(heard, 0); }), 2);
  }
  loop.run([&] {
    sockets[0]->set_reading(false);
    sockets[0]->set_reading(true);
  });
  held.send("still");
  EXPECT_EQ(held.read(), "still");
}

TEST_F(FrameLoopTest, WritesToASlowReaderThatIsHeld) {
  TestWebSocket client(port, "/");
  std::string frame;
  append_text_frame(frame, std::string(100'000, 'x'));
  const auto large = bytes(frame);
  loop.run([&] {
    sockets[0]->set_reading(false);
    while (sockets[0]->send_frames(large)) {
    }
  });
  client.send("heard at the end");
  std::size_t read = 0;
  loop.run([&] { sockets[0]->set_reading(true); });
  while (client.read() != "heard at the end") ++read;
  EXPECT_GT(read, 0U);
}

TEST_F(FrameLoopTest, ReadsForNobodyUntilTheEnd) {
  server->route_upgrade("/nobody", [](HttpRequest) -> boost::asio::awaitable<UpgradeDecision> {
    UpgradeAccept accept;
    accept.opened = [](const std::shared_ptr<WebSocket>& socket) {
      socket->start(nullptr);
      socket->close(1000, "nobody listens");
    };
    co_return accept;
  });
  TestWebSocket client(port, "/nobody");
  EXPECT_EQ(client.read_close_code(), 1000);
  // The client has answered that. No deadline passes here.
  while (loop.run([this] { return server->open_connections(); }) > 0) std::this_thread::yield();
}

TEST_F(FrameLoopTest, TellsTheEndToWhoeverStartsAfterIt) {
  std::promise<std::shared_ptr<WebSocket>> opened;
  server->route_upgrade("/late", [&](HttpRequest) -> boost::asio::awaitable<UpgradeDecision> {
    UpgradeAccept accept;
    accept.opened = [&](std::shared_ptr<WebSocket> socket) { opened.set_value(std::move(socket)); };
    co_return accept;
  });
  TestWebSocket client(port, "/late");
  const auto socket = opened.get_future().get();
  loop.run([&] {
    socket->abort();
    socket->start(std::make_shared<Listener>(*this));
  });
  closed.get_future().wait();
}

}  // namespace
}  // namespace confab::gateway
