#include "gateway/socketio/connection.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "gateway/socketio/event_codec.hpp"

namespace confab::gateway {

SocketConnection::SocketConnection(SocketServer& server, std::shared_ptr<EngineSession> session)
    : server_(server), session_(std::move(session)), connect_timer_(server.engine_.io()) {}

void SocketConnection::start() {
  connect_timer_.expires_after(server_.options_.connect_timeout);
  connect_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!error && self) self->refuse("connect_timeout");
  });
}

void SocketConnection::refuse(std::string_view reason) {
  if (session_->closed()) return;
  server_.events_.connection_refused(reason);
  session_->close();
}

template <typename Call>
void SocketConnection::guarded(Call call) {
  try {
    call();
  } catch (const std::exception&) {
    refuse("application");
  }
}

// --- From the client -----------------------------------------------------------------------------

void SocketConnection::on_text(std::string_view message) {
  auto packet = pending_ ? std::nullopt : decode_packet(message);
  if (!packet) return refuse("packet");
  if (packet->attachments == 0) return receive(*packet);
  pending_ = std::move(packet);
}

void SocketConnection::on_binary(std::string_view message) {
  attachment_bytes_ += message.size();
  if (!pending_ || attachment_bytes_ > server_.engine_.options().max_payload) {
    return refuse("packet");
  }
  attachments_.emplace_back(message);
  if (attachments_.size() < pending_->attachments) return;
  const auto packet = *std::exchange(pending_, std::nullopt);
  receive(packet);
  attachments_.clear();
  attachment_bytes_ = 0;
}

void SocketConnection::receive(const SocketPacket& packet) {
  if (packet.type == SocketPacketType::connect) return connect(packet);
  const auto found = sockets_.find(packet.nsp);
  if (found == sockets_.end()) return refuse("state");
  const auto socket = found->second;
  if (!socket) return;
  if (packet.type == SocketPacketType::disconnect) {
    sockets_.erase(found);
    return leave(*socket);
  }
  if (!socket->connected()) return refuse("state");
  if (packet.type == SocketPacketType::event || packet.type == SocketPacketType::binary_event) {
    receive_event(*socket, packet);
  }
  // Acks answer nothing: this server asks for none.
}

void SocketConnection::connect(const SocketPacket& packet) {
  const auto found = sockets_.find(packet.nsp);
  if (found != sockets_.end() && found->second) return refuse("state");
  auto* application = server_.application(packet.nsp);
  if (application == nullptr) {
    return session_->send_text(std::make_shared<const std::string>(
        encode_packet({.type = SocketPacketType::connect_error,
                       .nsp = packet.nsp,
                       .json = R"({"message":"Invalid namespace"})"})));
  }
  const auto socket =
      std::make_shared<Socket>(weak_from_this(), session_, server_.new_id(), packet.nsp);
  sockets_[packet.nsp] = socket;
  guarded([&] { application->on_connect(socket, packet.json); });
}

void SocketConnection::receive_event(Socket& socket, const SocketPacket& packet) {
  auto event = parse_event(packet);
  const bool binary = packet.type == SocketPacketType::binary_event;
  if (!event || (binary && !attach(*event, std::exchange(attachments_, {})))) {
    return refuse("packet");
  }
  guarded([&] {
    server_.application(packet.nsp)->on_event(socket.shared_from_this(), std::move(*event));
  });
}

void SocketConnection::leave(Socket& socket) {
  if (std::exchange(socket.state_, Socket::State::gone) != Socket::State::connected) return;
  guarded([&] {
    server_.application(socket.namespace_name())
        ->on_disconnect(socket.shared_from_this(), "client namespace disconnect");
  });
}

void SocketConnection::on_drained() {
  const auto sockets = sockets_;
  for (const auto& [nsp, socket] : sockets) {
    if (!socket || !socket->connected()) continue;
    guarded([&] { server_.application(nsp)->on_drained(socket); });
  }
}

void SocketConnection::on_close(std::string_view reason) {
  connect_timer_.cancel();
  for (const auto& [nsp, socket] : std::exchange(sockets_, {})) {
    if (!socket) continue;
    if (std::exchange(socket->state_, Socket::State::gone) != Socket::State::connected) continue;
    guarded([&] { server_.application(nsp)->on_disconnect(socket, reason); });
  }
}

// --- From the server -----------------------------------------------------------------------------

void SocketConnection::disconnected(Socket& socket) {
  sockets_[socket.namespace_name()] = nullptr;
  boost::asio::post(server_.engine_.io(),
                    [self = shared_from_this(), left = socket.shared_from_this()] {
                      self->guarded([&] {
                        self->server_.application(left->namespace_name())
                            ->on_disconnect(left, "server namespace disconnect");
                      });
                    });
}

}  // namespace confab::gateway
