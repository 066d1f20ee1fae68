#pragma once

#include <memory>
#include <utility>

#include "gateway/dialects/v1/client_session.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway::dialects {

/// A session of whatever kind whose client is on Socket.IO: how that connection is measured and
/// ended. The transport is closed rather than the namespace left, because only then do clients come
/// back.
template <typename Kind>
class OnSocketIo : public Kind {
 public:
  template <typename... Arguments>
  explicit OnSocketIo(std::shared_ptr<Socket> socket, Arguments&&... of_kind)
      : Kind(std::forward<Arguments>(of_kind)...), socket_(std::move(socket)) {}

  [[nodiscard]] std::size_t outbox_bytes() const override { return socket_->outbox_bytes(); }

 protected:
  [[nodiscard]] Socket& socket() const { return *socket_; }
  void close(std::uint16_t code, std::string_view reason) override {
    socket_->close_transport(code, reason);
  }

 private:
  void set_reading(bool reading) override { socket_->set_reading(reading); }
  void drop() override { socket_->drop_transport(); }

  std::shared_ptr<Socket> socket_;
};

}  // namespace confab::gateway::dialects
