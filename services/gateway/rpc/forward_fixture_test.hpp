#pragma once

// Test support: gateways in this process, each with its event loops, clients' port and gRPC port.

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>

#include "common/rpc/server.hpp"
#include "common/testing/reserved_port.hpp"
#include "gateway/engineio/server.hpp"
#include "gateway/net/frame_codec.hpp"
#include "gateway/net/manual_time.hpp"
#include "gateway/rpc/gateway_rpc.hpp"
#include "gateway/rpc/session_forwarder.hpp"

namespace confab::gateway::testing {

inline SharedBytes bytes(std::string_view text) {
  return std::make_shared<const std::string>(text);
}

/// A count that a test waits for.
class Tally {
 public:
  void add(int change) {
    const std::lock_guard lock(mutex_);
    count_ += change;
    changed_.notify_all();
  }
  [[nodiscard]] bool becomes(int wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [&] { return count_ == wanted; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// An event loop until the very end of the process: gRPC's threads may post to it until then.
inline Loop& make_loop() {
  static auto& loops = *new std::vector<std::unique_ptr<Loop>>();
  return *loops.emplace_back(std::make_unique<Loop>());
}

/// Answers each message with itself, but for "shared <count> <bytes>", "close" and "throw"; keeps
/// why sessions closed.
class EchoHandler final : public EngineHandler {
 public:
  std::promise<std::string> closed;
  std::atomic<bool> drained = false;
  std::atomic<std::size_t> refused = 0;
  std::atomic<std::size_t> heard = 0;  ///< And dealt with.

  void on_open(const std::shared_ptr<EngineSession>& session) override { session_ = session; }
  void on_text(EngineSession& session, std::string_view text) override {
    answer(session, text);
    ++heard;
  }
  void on_binary(EngineSession& session, std::string_view data) override {
    session.send_binary(bytes(data));
  }
  void on_drained(EngineSession&) override { drained = true; }
  void on_close(EngineSession&, std::string_view reason) override {
    session_.reset();
    closed.set_value(std::string(reason));
  }

 private:
  void answer(EngineSession& session, std::string_view text) {
    if (text == "throw") throw std::runtime_error("broken");
    if (text == "close") return session.close(1001, "going");
    if (text.starts_with("shared ")) return send_shared(session, text.substr(7));
    session.send_text(bytes("4" + std::string(text)));
  }
  void send_shared(EngineSession& session, std::string_view what) {
    const auto count = std::stoul(std::string(what));
    const auto size = std::stoul(std::string(what.substr(what.find(' '))));
    std::string frame;
    append_text_frame(frame, "4" + std::string(size, 's'));
    for (std::size_t i = 0; i < count; ++i) {
      if (!session.send_frames(bytes(frame))) ++refused;
    }
  }

  std::shared_ptr<EngineSession> session_;
};

/// One event loop of a gateway.
struct TestNode {
  TestNode(EngineOptions options, SessionForwarder::Options forward)
      : http(loop.io(), HttpServerOptions{.address = "127.0.0.1", .now = &manual_now},
             {.moved = [this] { moved.add(1); }}),
        forwarder(loop.io(), forward,
                  {.request = [this](bool ok) { (ok ? answered : failed).add(1); },
                   .upgrade = [this](bool ok) { (ok ? answered : failed).add(1); },
                   .sockets = [this](int change) { sockets.add(change); }}),
        engine(http, std::move(options), random, {}, &forwarder),
        door{loop.io(), http.deadlines(),
             [this](HttpRequest request) { return engine.handle_forwarded(std::move(request)); },
             [this](HttpRequest request) { return engine.upgrade_forwarded(std::move(request)); }} {
    engine.serve(echo);
  }

  void pass(std::chrono::milliseconds time) { testing::pass(loop, http, time); }

  [[nodiscard]] std::size_t guests() {
    return loop.run([this] { return door.open; });
  }

  Loop& loop = make_loop();
  SystemRandom random;
  EchoHandler echo;
  Tally answered, failed, sockets, moved;
  HttpServer http;
  SessionForwarder forwarder;
  EngineServer engine;
  GuestDoor door;
  std::uint16_t port = 0;
};

/// What a test has of these is never destroyed: gRPC's threads may still use it.
class TestGateway {
 public:
  explicit TestGateway(std::size_t loops = 1, EngineOptions options = {},
                       SessionForwarder::Options forward = SessionForwarder::Options(),
                       const std::string& key = std::string(32, 'k')) {
    options.path = "/e/";
    std::vector<GuestDoor*> doors;
    std::vector<HttpServer*> servers;
    for (std::size_t i = 0; i < loops; ++i) {
      auto& node = *nodes_.emplace_back(std::make_unique<TestNode>(options, forward));
      doors.push_back(&node.door);
      servers.push_back(&node.http);
    }
    rpc_ = std::make_unique<GatewayRpc>([] { return v1::DescribeResponse(); }, doors);
    server_ = rpc::Server::start(port_.address(), {rpc_.get()}).value();
    server_->set_grace(std::chrono::milliseconds(0));
    for (std::size_t i = 0; i < loops; ++i) {
      const SessionOwner self{boost::asio::ip::address_v4::loopback(),
                              static_cast<std::uint16_t>(server_->port()),
                              static_cast<std::uint8_t>(i)};
      nodes_[i]->port = nodes_[i]
                            ->loop
                            .run([&] {
                              nodes_[i]->forwarder.join(self, servers);
                              nodes_[i]->forwarder.set_keys({key});
                              return nodes_[i]->http.start();
                            })
                            .value();
    }
  }

  TestNode& node(std::size_t loop = 0) { return *nodes_[loop]; }
  [[nodiscard]] std::uint16_t port(std::size_t loop = 0) { return nodes_[loop]->port; }
  [[nodiscard]] int rpc_port() const { return server_->port(); }
  /// Its gRPC port closes, and all calls end.
  void die() { server_.reset(); }

 private:
  std::vector<std::unique_ptr<TestNode>> nodes_;
  std::unique_ptr<GatewayRpc> rpc_;
  const ReservedPort port_;
  std::unique_ptr<rpc::Server> server_;
};

inline TestGateway& make_gateway(auto... arguments) {
  static auto& gateways = *new std::vector<std::unique_ptr<TestGateway>>();
  return *gateways.emplace_back(std::make_unique<TestGateway>(std::move(arguments)...));
}

/// Opens a polling session and gives the target for its requests.
inline std::string open_session(TestClient& client) {
  const auto answer = client.get("/e/?EIO=4&transport=polling");
  const auto begin = answer.body.find("sid\":\"") + 6;
  return "/e/?EIO=4&transport=polling&sid=" +
         answer.body.substr(begin, answer.body.find('"', begin) - begin);
}

/// The target by which a WebSocket takes a polling session over.
inline std::string upgrade_of(const std::string& target) {
  return "/e/?EIO=4&transport=websocket" + target.substr(target.find("&sid"));
}

/// Takes the session over by `port`.
inline std::unique_ptr<TestWebSocket> upgrade(std::uint16_t port, const std::string& target) {
  auto socket = std::make_unique<TestWebSocket>(port, upgrade_of(target));
  if (socket->status() != 101) return socket;
  socket->send("2probe");
  EXPECT_EQ(socket->read(), "3probe");
  socket->send("5");
  return socket;
}

}  // namespace confab::gateway::testing
