#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "gateway/dialects/v1/plain_connection.hpp"
#include "gateway/dialects/v1/session_host.hpp"
#include "gateway/net/http_server.hpp"

namespace confab::gateway::dialects {

struct PlainOptions {
  std::string version = "0";  ///< Of the server, told to clients.
  /// From the opening of a connection to its hello.
  std::chrono::milliseconds hello_timeout{5000};
  std::size_t max_strangers = 10'000;  ///< Connections that have not said hello; more get 503.
  std::chrono::milliseconds heartbeat{25'000};  ///< Silence after which a client is pinged.
  std::size_t max_message_bytes = 64 * 1024;    ///< Of a client's frame; more closes with 1009.
  std::size_t max_outbox_bytes = 4 << 20;       ///< Waiting for one client, then it is cut off.
  CallRates rates = {};                         ///< Told to clients; who counts is CallLimits.
};

/// What the door reports to whoever counts; called on the event loop, and must not call back.
struct PlainEvents {
  /// A client turned away. `reason` is one of: "subprotocol", "overloaded", "draining", "address"
  /// (it has too many connections, or opens them too fast), "no_hello",
  /// "hello" (it was refused), "frame" (one that could not be answered).
  std::function<void(std::string_view reason)> refused = [](std::string_view) {};
};

/// The vocabulary over plain WebSockets, /v1/ws: hello, commands with their answers, and events, in
/// JSON or Protobuf by subprotocol (docs/protocol.md).
class PlainDoor {
 public:
  PlainDoor(DoorParts parts, SessionHost& host, HttpServer& http, PlainOptions options = {},
            PlainEvents events = {});

  /// Opens /v1/ws. Before HttpServer::start().
  void open();
  /// From now on new clients get 503; those that have not said hello are closed. The others are
  /// sessions, which SessionBook::end_all() ends.
  void drain();

  [[nodiscard]] std::size_t open_sessions() const { return open_; }
  [[nodiscard]] std::size_t strangers() const { return strangers_.size(); }

 private:
  friend class PlainConnection;

  [[nodiscard]] Task<UpgradeDecision> upgrade(HttpRequest request);
  [[nodiscard]] HttpResponse turn_away(std::string_view reason, const Error& error);

  Gatekeeper& gate_;
  DoorGuard& guard_;
  const ConnectionGuard admit_;
  Loop& loop_;
  SessionHost& host_;
  HttpServer& http_;
  DeadlineWheel& deadlines_;
  const PlainOptions options_;
  PlainEvents events_;
  const std::string greeting_;  ///< What hello is answered to everybody: JSON fields.
  std::unordered_set<PlainConnection*> strangers_;
  std::size_t open_ = 0;
  bool draining_ = false;
};

}  // namespace confab::gateway::dialects
