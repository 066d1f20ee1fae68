#pragma once

#include "gateway/dialects/v1/client_session.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway::dialects {

/// A session in Socket.IO: events as events, answers as acks.
class SocketIoSession final : public ClientSession {
 public:
  SocketIoSession(std::shared_ptr<Socket> socket, Identity identity, RoomWish wish,
                  const Asks& asks)
      : ClientSession(std::move(identity), std::move(wish), asks), socket_(std::move(socket)) {}

 private:
  [[nodiscard]] bool welcome(std::string_view ticket) override;
  void write(const LiveEvent& event) override;
  [[nodiscard]] bool write(const EventBatch& batch) override;
  void write_answer(std::uint64_t id, std::string_view command,
                    const Result<std::string>& outcome) override;
  void close(std::uint16_t code, std::string_view reason) override;

  std::shared_ptr<Socket> socket_;
};

}  // namespace confab::gateway::dialects
