#pragma once

#include "gateway/dialects/direct_session.hpp"
#include "gateway/domain/entrance.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway::dialects::chat_socketio {

/// A client that has logged in: told of each message by an event "messages". It gave a password,
/// and knows of no tokens: those are renewed for it as long as it is connected.
class ChatSession final : public DirectSession {
 public:
  ChatSession(std::shared_ptr<Socket> socket, Identity identity, const Asks& asks,
              DirectRooms& rooms, Entrance& entrance, std::string refresh_token)
      : DirectSession(std::move(identity), asks, rooms),
        socket_(std::move(socket)),
        rooms_(rooms),
        entrance_(entrance),
        refresh_token_(std::move(refresh_token)) {}

  void warn_of_expiry() override;

 private:
  [[nodiscard]] bool welcome(std::string_view) override { return socket_->connected(); }
  void tell(const Message& message, const User& to) override;
  void close(std::uint16_t code, std::string_view reason) override {
    socket_->close_transport(code, reason);
  }
  [[nodiscard]] Task<> renew_token(std::shared_ptr<ClientSession> self);

  std::shared_ptr<Socket> socket_;
  DirectRooms& rooms_;
  Entrance& entrance_;
  std::string refresh_token_;
};

}  // namespace confab::gateway::dialects::chat_socketio
