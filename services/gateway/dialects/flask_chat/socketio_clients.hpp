#pragma once

#include "gateway/dialects/direct_session.hpp"
#include "gateway/dialects/v1/on_socketio.hpp"
#include "gateway/socketio/application.hpp"

namespace confab::gateway::dialects::flask_chat {

/// A client on Socket.IO: told that it is connected by an event "echo", and of each message by an
/// event that has the name of the one it is for.
class FlaskSession final : public OnSocketIo<DirectSession> {
 public:
  using OnSocketIo::OnSocketIo;

 private:
  [[nodiscard]] bool welcome(std::string_view ticket) override;
  void tell(const Message& message, const User& to) override;
};

/// The namespace "/": `auth` is the JSON of an object with the token, or the object. Whatever
/// clients send is left unheard, as it was. Event loop only.
class SocketIoClients final : public Application {
 public:
  explicit SocketIoClients(DirectRooms& rooms) : rooms_(rooms) {}

  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override;
  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override;
  void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) override;

 private:
  [[nodiscard]] Task<> let_in(std::shared_ptr<Socket> socket, std::string token);

  DirectRooms& rooms_;
};

}  // namespace confab::gateway::dialects::flask_chat
