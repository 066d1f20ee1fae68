#pragma once

#include "gateway/dialects/v1/client_session.hpp"
#include "gateway/dialects/v1/plain_wire.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway::dialects {

/// A session on a plain WebSocket.
class PlainSession final : public ClientSession {
 public:
  /// `greeting` is what every client is told in the answer to its hello, as JSON fields, and stays
  /// where it is; `hello_id` the id of that command.
  PlainSession(std::shared_ptr<WebSocket> socket, const PlainWire& wire,
               const std::string& greeting, std::optional<std::uint64_t> hello_id,
               Identity identity, RoomWish wish, const Asks& asks)
      : ClientSession(std::move(identity), std::move(wish), asks),
        socket_(std::move(socket)),
        wire_(wire),
        greeting_(greeting),
        hello_id_(hello_id) {}

  [[nodiscard]] std::size_t outbox_bytes() const override { return socket_->outbox_bytes(); }

 private:
  [[nodiscard]] bool welcome(std::string_view ticket) override;
  void write(const LiveEvent& event) override;
  [[nodiscard]] bool write(const EventBatch& batch) override;
  void write_answer(std::uint64_t id, std::string_view command,
                    const Result<std::string>& outcome) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void set_reading(bool reading) override { socket_->set_reading(reading); }
  void drop() override { socket_->abort(); }

  std::shared_ptr<WebSocket> socket_;
  const PlainWire& wire_;
  const std::string& greeting_;
  const std::optional<std::uint64_t> hello_id_;
};

/// One message to a client alone.
void send(WebSocket& socket, const PlainWire& wire, std::string message);

}  // namespace confab::gateway::dialects
