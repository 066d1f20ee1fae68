#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/socketio/socket.hpp"

namespace confab::gateway {

/// What serves a namespace. Called from the event loop only, never from inside a call to a Socket.
/// Whatever it throws closes that client's connection.
class Application {
 public:
  virtual ~Application() = default;

  /// A client wants in. Call accept() or refuse() of `socket`, now or later. `auth_json` is what
  /// the client gave as `auth`: a JSON object, of some apps a JSON string; "" if nothing. Clients
  /// of version 3 have no `auth`: they are brought into "/" as they come, and for other namespaces
  /// it is an object of what they gave as the namespace's query. parse_auth() takes all of these.
  virtual void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) = 0;

  virtual void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) = 0;

  /// The client has read everything, after emit_frames() or emit_packets() refused more.
  virtual void on_drained(const std::shared_ptr<Socket>& /*socket*/) {}

  /// A ping leaves to the client, after all that was sent before; it has been answered, so that all
  /// that has arrived. Not of clients of version 3, which ping themselves.
  virtual void on_ping(const std::shared_ptr<Socket>& /*socket*/) {}
  virtual void on_pong(const std::shared_ptr<Socket>& /*socket*/) {}

  /// Once for each socket that was accepted. `reason` is one of EngineHandler::on_close's,
  /// "client namespace disconnect" or "server namespace disconnect".
  virtual void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) = 0;
};

}  // namespace confab::gateway
