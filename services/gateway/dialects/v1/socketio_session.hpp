#pragma once

#include "gateway/dialects/v1/on_socketio.hpp"

namespace confab::gateway::dialects {

/// A session in Socket.IO: events as events, answers as acks. With `offsets` the event of an entry
/// has its Offset as a second argument, which socket.io-client keeps and sends back.
class SocketIoSession final : public OnSocketIo<ClientSession> {
 public:
  SocketIoSession(std::shared_ptr<Socket> socket, Identity identity, RoomWish wish, bool offsets,
                  const Asks& asks)
      : OnSocketIo(std::move(socket), std::move(identity), std::move(wish), asks),
        offsets_(offsets) {}

  /// Empty of clients of version 3, which are told no pid.
  [[nodiscard]] std::string recovery_id() const override;
  void come_back_as(std::string_view id) override { socket().take_over(id); }
  [[nodiscard]] bool takes_offsets() const override { return offsets_; }

 private:
  [[nodiscard]] bool welcome(std::string_view ticket) override;
  void write(const LiveEvent& event) override;
  [[nodiscard]] bool write(const EventBatch& batch) override;
  void write_answer(std::uint64_t id, std::string_view command,
                    const Result<std::string>& outcome) override;

  [[nodiscard]] std::string arguments(const LiveEvent& event) const;
  [[nodiscard]] const SharedBytes& packet_of(const LiveEvent& event) const;

  const bool offsets_;
};

}  // namespace confab::gateway::dialects
