#include "gateway/socketio/connection.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "gateway/socketio/event_codec.hpp"

namespace confab::gateway {

SocketConnection::SocketConnection(SocketServer& server, std::shared_ptr<EngineSession> session)
    : server_(server), session_(std::move(session)) {}

void SocketConnection::start() {
  server_.engine_.deadlines().set_after(connect_deadline_, server_.options_.connect_timeout);
}

SocketConnection::Place* SocketConnection::find(std::string_view nsp) {
  for (auto& place : places_) {
    if (place.nsp == nsp) return &place;
  }
  return nullptr;
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
  auto packet = assembly_ ? std::nullopt : decode_packet(message);
  if (!packet) return refuse("packet");
  if (packet->attachments == 0) return receive(*packet, {});
  assembly_ = std::make_unique<Assembly>(Assembly{std::move(*packet), {}, 0});
}

void SocketConnection::on_binary(std::string_view message) {
  if (!assembly_) return refuse("packet");
  assembly_->bytes += message.size();
  if (assembly_->bytes > server_.engine_.options().max_payload) return refuse("packet");
  assembly_->attachments.emplace_back(message);
  if (assembly_->attachments.size() < assembly_->packet.attachments) return;
  const auto whole = std::move(assembly_);
  receive(whole->packet, std::move(whole->attachments));
}

void SocketConnection::receive(const SocketPacket& packet, std::vector<std::string> attachments) {
  if (packet.type == SocketPacketType::connect) return connect(packet);
  auto* place = find(packet.nsp);
  if (place == nullptr) return refuse("state");
  const auto socket = place->socket;
  if (!socket) return;
  if (packet.type == SocketPacketType::disconnect) {
    places_.erase(places_.begin() + (place - places_.data()));
    return leave(*socket);
  }
  if (!socket->connected()) return refuse("state");
  if (packet.type == SocketPacketType::event || packet.type == SocketPacketType::binary_event) {
    receive_event(*socket, packet, std::move(attachments));
  }
  // Acks answer nothing: this server asks for none.
}

void SocketConnection::connect(const SocketPacket& packet) {
  auto* place = find(packet.nsp);
  if (place != nullptr && place->socket) return refuse("state");
  auto* application = server_.application(packet.nsp);
  if (application == nullptr) {
    return session_->send_text(std::make_shared<const std::string>(
        encode_packet({.type = SocketPacketType::connect_error,
                       .nsp = packet.nsp,
                       .json = R"({"message":"Invalid namespace"})"})));
  }
  const auto socket = std::make_shared<Socket>(weak_from_this(), session_,
                                               SessionId::make(server_.random_), packet.nsp);
  if (place != nullptr) {
    place->socket = socket;
  } else {
    places_.push_back({packet.nsp, socket});
  }
  guarded([&] { application->on_connect(socket, packet.json); });
}

void SocketConnection::receive_event(Socket& socket, const SocketPacket& packet,
                                     std::vector<std::string> attachments) {
  auto event = parse_event(packet);
  const bool binary = packet.type == SocketPacketType::binary_event;
  if (!event || (binary && !attach(*event, std::move(attachments)))) {
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
  const auto places = places_;
  for (const auto& [nsp, socket] : places) {
    if (!socket || !socket->connected()) continue;
    guarded([&] { server_.application(nsp)->on_drained(socket); });
  }
}

void SocketConnection::on_close(std::string_view reason) {
  server_.engine_.deadlines().cancel(connect_deadline_);
  for (const auto& [nsp, socket] : std::exchange(places_, {})) {
    if (!socket) continue;
    if (std::exchange(socket->state_, Socket::State::gone) != Socket::State::connected) continue;
    guarded([&] { server_.application(nsp)->on_disconnect(socket, reason); });
  }
}

// --- From the server -----------------------------------------------------------------------------

void SocketConnection::accepted() { server_.engine_.deadlines().cancel(connect_deadline_); }

void SocketConnection::refused(const Socket& socket) {
  std::erase_if(places_, [&](const Place& place) { return place.socket.get() == &socket; });
}

void SocketConnection::disconnected(Socket& socket) {
  if (auto* place = find(socket.namespace_name())) place->socket = nullptr;
  boost::asio::post(server_.engine_.io(),
                    [self = shared_from_this(), left = socket.shared_from_this()] {
                      self->guarded([&] {
                        self->server_.application(left->namespace_name())
                            ->on_disconnect(left, "server namespace disconnect");
                      });
                    });
}

}  // namespace confab::gateway
