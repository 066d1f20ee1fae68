#pragma once

#include "gateway/dialects/direct_session.hpp"
#include "gateway/socketio/application.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway::dialects::flask_chat {

/// A client on Socket.IO: told that it is connected by an event "echo", and of each message by an
/// event that has the name of the one it is for.
class FlaskSession final : public DirectSession {
 public:
  FlaskSession(std::shared_ptr<Socket> socket, Identity identity, const Asks& asks,
               DirectRooms& rooms)
      : DirectSession(std::move(identity), asks, rooms), socket_(std::move(socket)) {}

 private:
  [[nodiscard]] bool welcome(std::string_view ticket) override;
  void tell(const Message& message, const User& to) override;
  void close(std::uint16_t code, std::string_view reason) override {
    socket_->close_transport(code, reason);
  }

  std::shared_ptr<Socket> socket_;
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
