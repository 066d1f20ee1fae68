#pragma once

// Test support: a SocketServer whose application does as it is told.

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "gateway/net/test_client.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway {

using testing::TestWebSocket;

/// Accepts by itself only when told to; keeps the sockets.
struct FakeApplication final : Application {
  bool accepts = true;
  std::vector<std::shared_ptr<Socket>> sockets;
  std::vector<std::string> auths;
  std::vector<HttpRequest> handshakes;
  std::vector<std::string> left;
  std::promise<void> connected;

  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override {
    sockets.push_back(socket);
    auths.push_back(std::move(auth_json));
    handshakes.push_back(socket->handshake());
    if (accepts) socket->accept();
    if (sockets.size() == 1) connected.set_value();
  }

  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override {
    if (event.name == "throw") throw std::runtime_error("broken");
    if (event.name == "leave") socket->disconnect();
    if (event.name == "drop") socket->close_transport(1013, "later");
    if (event.ack_id) socket->ack(*event.ack_id, event.args_json);
  }

  void on_disconnect(const std::shared_ptr<Socket>&, std::string_view reason) override {
    left.emplace_back(reason);
  }
};

class SocketServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    SocketEvents events;
    events.connection_refused = [this](std::string_view reason) { refused = reason; };
    sockets = std::make_unique<SocketServer>(engine, SocketOptions{}, random, events);
    sockets->add_namespace("/", application);
    port = loop.run([this] { return http.start(); }).value();
  }

  void TearDown() override {
    loop.stop();
    application.sockets.clear();
  }

  /// Of version 3: it is in "/" by itself.
  std::unique_ptr<TestWebSocket> open_old() {
    auto socket =
        std::make_unique<TestWebSocket>(port, "/socket.io/?EIO=3&transport=websocket&a=b");
    socket->read();
    return socket;
  }

  std::unique_ptr<TestWebSocket> open(std::string_view connect = "40") {
    auto socket = std::make_unique<TestWebSocket>(port, "/socket.io/?EIO=4&transport=websocket");
    socket->read();
    socket->send(connect);
    return socket;
  }

  std::vector<std::string> left() {
    return loop.run([this] { return application.left; });
  }

  testing::Loop loop;
  SystemRandom random;
  HttpServer http{loop.io(), {.address = "127.0.0.1"}};
  EngineServer engine{http, {}, random};
  FakeApplication application;
  std::unique_ptr<SocketServer> sockets;
  std::string refused;
  std::uint16_t port = 0;
};

}  // namespace confab::gateway
