#pragma once

#include <unordered_map>

#include "gateway/dialects/v1/greeting.hpp"
#include "gateway/dialects/v1/session_host.hpp"
#include "gateway/socketio/application.hpp"

namespace confab::gateway::dialects {

/// The vocabulary over Socket.IO, namespace "/": `auth: {token, pid?, rooms?, offsets?}`, commands
/// as events with an ack, events as events. A client is let in once it is subscribed to its rooms.
class SocketIoDoor final : public Application {
 public:
  SocketIoDoor(DoorParts parts, SessionHost& host) : parts_(parts), host_(host) {}

  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override;
  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override;
  void on_drained(const std::shared_ptr<Socket>& socket) override;
  void on_ping(const std::shared_ptr<Socket>& socket) override;
  void on_pong(const std::shared_ptr<Socket>& socket) override;
  void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) override;

 private:
  using SessionPtr = SessionHost::SessionPtr;

  [[nodiscard]] SessionPtr session_of(const Socket& socket) const;
  [[nodiscard]] Task<> let_in(std::shared_ptr<Socket> socket, Greeting greeting);

  DoorParts parts_;
  SessionHost& host_;
  std::unordered_map<const Socket*, SessionPtr> open_;
};

}  // namespace confab::gateway::dialects
