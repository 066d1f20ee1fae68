#include "gateway/net/stream_server.hpp"

#include <gtest/gtest.h>

#include "gateway/net/test_client.hpp"

namespace confab::gateway {
namespace {

using testing::TestClient;

/// Keeps what it hears; answers "close" by closing.
struct Recorder final : StreamListener {
  void on_data(StreamSocket& socket, std::string_view bytes) override {
    heard += bytes;
    if (heard.ends_with("throw")) throw std::runtime_error("broken");
    if (heard.ends_with("close")) socket.close();
  }
  void on_closed(StreamSocket&) override { closed.set_value(); }

  std::string heard;
  std::promise<void> closed;
};

struct StreamServerTest : ::testing::Test {
  void start(StreamServerOptions options = {}) {
    options.address = "127.0.0.1";
    server = std::make_unique<StreamServer>(loop.io(), options, deadlines, [this] { ++refused; });
    port = loop.run([this] {
                 return server->start([this](const auto& socket) {
                   sockets.push_back(socket);
                   socket->start(recorder);
                   arrived.set_value();
                   arrived = {};
                 });
               })
               .value();
  }
  void TearDown() override {
    loop.stop();
    sockets.clear();
  }

  /// A client that the server has taken.
  std::unique_ptr<TestClient> dial() {
    auto taken = loop.run([this] { return arrived.get_future(); });
    auto client = std::make_unique<TestClient>(port);
    taken.wait();
    return client;
  }

  testing::Loop loop;
  DeadlineWheel deadlines{loop.io()};
  std::shared_ptr<Recorder> recorder = std::make_shared<Recorder>();
  std::vector<std::shared_ptr<StreamSocket>> sockets;
  std::promise<void> arrived;
  std::unique_ptr<StreamServer> server;
  int refused = 0;
  std::uint16_t port = 0;
};

SharedBytes bytes(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

TEST_F(StreamServerTest, CarriesBytesBothWaysAndSendsWhatIsQueuedBeforeItCloses) {
  start();
  const auto client = dial();
  client->send("please ");
  loop.run([this] {
    sockets.at(0)->send(bytes("one "));
    sockets.at(0)->send(bytes("two"));
  });
  client->send("close");
  EXPECT_EQ(client->read_to_end(), "one two");
  recorder->closed.get_future().wait();
  loop.run([this] {
    EXPECT_EQ(recorder->heard, "please close");
    EXPECT_EQ(sockets.at(0)->remote_address(), "127.0.0.1");
    EXPECT_TRUE(sockets.at(0)->closed());
    sockets.at(0)->send(bytes("too late"));
  });
}

TEST_F(StreamServerTest, NoticesThatAClientLeavesAndCountsWhoIsThere) {
  start();
  auto client = dial();
  EXPECT_EQ(loop.run([this] { return server->open_connections(); }), 1U);
  client.reset();
  recorder->closed.get_future().wait();
  EXPECT_EQ(loop.run([this] { return server->open_connections(); }), 0U);
}

TEST_F(StreamServerTest, ClosesMoreConnectionsThanItMayHold) {
  start({.max_connections = 1});
  const auto client = dial();
  TestClient second(port);
  EXPECT_EQ(second.read_to_end(), "");
  EXPECT_EQ(loop.run([this] { return refused; }), 1);
}

TEST_F(StreamServerTest, CutsOffAClientThatReadsTooSlowly) {
  start({.max_outbox_bytes = 1 << 20});
  const auto client = dial();
  const auto piece = bytes(std::string(256 * 1024, 'x'));
  const auto closed = loop.run([this] { return recorder->closed.get_future().share(); });
  // The kernel takes some of it; what waits here is bounded.
  while (closed.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
    loop.run([&] { sockets.at(0)->send(piece); });
  }
  EXPECT_EQ(loop.run([this] { return server->open_connections(); }), 0U);
}

TEST_F(StreamServerTest, ClosesAConnectionWhoseListenerThrows) {
  start();
  const auto client = dial();
  client->send("throw");
  EXPECT_EQ(client->read_to_end(), "");
}

TEST_F(StreamServerTest, TakesNoMoreOnceStoppedButKeepsWhoIsThere) {
  start();
  const auto client = dial();
  loop.run([this] { server->stop(); });
  EXPECT_ANY_THROW(TestClient{port});
  loop.run([this] { sockets.at(0)->send(bytes("still here")); });
  client->send("close");
  EXPECT_EQ(client->read_to_end(), "still here");
}

}  // namespace
}  // namespace confab::gateway
