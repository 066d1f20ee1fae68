#pragma once

#include <memory>
#include <string_view>

namespace confab::gateway {

class EngineSession;

/// What an Engine.IO application is told, in this order for one session and from the event loop
/// only; never from inside a call to the session. Whatever it throws closes that session.
class EngineHandler {
 public:
  virtual ~EngineHandler() = default;

  virtual void on_open(const std::shared_ptr<EngineSession>& session) = 0;
  virtual void on_text(EngineSession& session, std::string_view message) = 0;
  virtual void on_binary(EngineSession& session, std::string_view message) = 0;

  /// The client has read everything, after EngineSession refused more.
  virtual void on_drained(EngineSession& /*session*/) {}

  /// In version 4 the server pings: a ping leaves, after all that was sent before; it has been
  /// answered, so all that has arrived.
  virtual void on_ping(EngineSession& /*session*/) {}
  virtual void on_pong(EngineSession& /*session*/) {}

  /// Once per session. `reason` is one of: "transport close", "transport error", "ping timeout",
  /// "parse error", "overflow", "server close". `session` is not used again by the server.
  virtual void on_close(EngineSession& session, std::string_view reason) = 0;
};

}  // namespace confab::gateway
