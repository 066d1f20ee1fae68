#pragma once

#include "gateway/dialects/v1/client_session.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway::dialects {

/// A session in Socket.IO: events as events, answers as acks. With `offsets` the event of an entry
/// has its Offset as a second argument, which socket.io-client keeps and sends back.
class SocketIoSession final : public ClientSession {
 public:
  SocketIoSession(std::shared_ptr<Socket> socket, Identity identity, RoomWish wish, bool offsets,
                  const Asks& asks)
      : ClientSession(std::move(identity), std::move(wish), asks),
        socket_(std::move(socket)),
        offsets_(offsets) {}

  /// Empty of clients of version 3, which are told no pid.
  [[nodiscard]] std::string recovery_id() const override;
  void come_back_as(std::string_view id) override { socket_->take_over(id); }
  [[nodiscard]] bool takes_offsets() const override { return offsets_; }
  [[nodiscard]] std::size_t outbox_bytes() const override { return socket_->outbox_bytes(); }

 private:
  [[nodiscard]] bool welcome(std::string_view ticket) override;
  void write(const LiveEvent& event) override;
  [[nodiscard]] bool write(const EventBatch& batch) override;
  void write_answer(std::uint64_t id, std::string_view command,
                    const Result<std::string>& outcome) override;
  void close(std::uint16_t code, std::string_view reason) override;
  void set_reading(bool reading) override { socket_->set_reading(reading); }
  void drop() override { socket_->drop_transport(); }

  [[nodiscard]] std::string arguments(const LiveEvent& event) const;
  [[nodiscard]] const SharedBytes& packet_of(const LiveEvent& event) const;

  std::shared_ptr<Socket> socket_;
  const bool offsets_;
};

}  // namespace confab::gateway::dialects
