#pragma once

#include <vector>

#include "gateway/dialects/message_session.hpp"
#include "gateway/dialects/v1/on_socketio.hpp"
#include "gateway/net/stream_socket.hpp"

namespace confab::gateway::dialects::chat_backend {

/// A connection that hears the rooms it named. Put out of one of them, it is closed.
class ListenerSession : public MessageSession {
 public:
  ListenerSession(Identity identity, const Asks& asks)
      : MessageSession(std::move(identity), RoomWish{false, {}}, asks) {}

  void hears(const RoomRef& room) { rooms_.push_back(room); }
  void put_out(std::uint64_t room_id) override;

 private:
  void removed(const LiveEvent& event) override;
  /// Closes the connection after what was written.
  virtual void leave() = 0;

  std::vector<RoomRef> rooms_;
};

/// Each message is one JSON object with a line feed after it, by a write of its own.
class TcpSession final : public ListenerSession {
 public:
  TcpSession(std::shared_ptr<StreamSocket> socket, Identity identity, const Asks& asks)
      : ListenerSession(std::move(identity), asks), socket_(std::move(socket)) {}

  [[nodiscard]] std::size_t outbox_bytes() const override { return socket_->outbox_bytes(); }

 private:
  [[nodiscard]] bool welcome(std::string_view) override { return !socket_->closed(); }
  void say(const LiveEvent& event) override;
  void close(std::uint16_t, std::string_view) override { socket_->close(); }
  void drop() override { socket_->cut(); }
  void leave() override { socket_->close(); }

  std::shared_ptr<StreamSocket> socket_;
};

/// Each message is an event "message", as Python's send() makes it.
class SocketIoSession final : public OnSocketIo<ListenerSession> {
 public:
  using OnSocketIo::OnSocketIo;

 private:
  [[nodiscard]] bool welcome(std::string_view) override { return socket().connected(); }
  void say(const LiveEvent& event) override;
  void leave() override { socket().disconnect(); }
};

}  // namespace confab::gateway::dialects::chat_backend
