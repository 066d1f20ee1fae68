#pragma once

#include "gateway/dialects/direct_session.hpp"
#include "gateway/dialects/v1/on_socketio.hpp"
#include "gateway/domain/entrance.hpp"

namespace confab::gateway::dialects::chat_socketio {

/// A client that has logged in: told of each message by an event "messages". It gave a password,
/// and knows of no tokens: those are renewed for it as long as it is connected.
class ChatSession final : public OnSocketIo<DirectSession> {
 public:
  ChatSession(std::shared_ptr<Socket> socket, Identity identity, const Asks& asks,
              DirectRooms& rooms, Entrance& entrance, std::string refresh_token)
      : OnSocketIo(std::move(socket), std::move(identity), asks, rooms),
        rooms_(rooms),
        entrance_(entrance),
        refresh_token_(std::move(refresh_token)) {}

  void warn_of_expiry() override;

 private:
  [[nodiscard]] bool welcome(std::string_view) override { return socket().connected(); }
  void tell(const Message& message, const User& to) override;
  [[nodiscard]] Task<> renew_token(std::shared_ptr<ClientSession> self);
  [[nodiscard]] Task<Result<>> try_to_renew();

  DirectRooms& rooms_;
  Entrance& entrance_;
  std::string refresh_token_;
};

}  // namespace confab::gateway::dialects::chat_socketio
