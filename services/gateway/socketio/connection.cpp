#include "gateway/socketio/connection.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "gateway/socketio/auth.hpp"
#include "gateway/socketio/event_codec.hpp"

namespace confab::gateway {
namespace {

constexpr std::string_view kMain = "/";

}  // namespace

SocketConnection::SocketConnection(SocketMount& mount, std::shared_ptr<EngineSession> session)
    : mount_(mount), session_(std::move(session)) {}

/// What applications keep for a socket may hold the socket.
SocketConnection::~SocketConnection() {
  for (const auto& place : places_) {
    if (place.socket) place.socket->app_data.reset();
  }
}

void SocketConnection::start() {
  ++mount_.open;
  connect_deadline_ = std::make_unique<decltype(connect_deadline_)::element_type>(*this);
  server().engine_.deadlines().set_after(*connect_deadline_, server().options_.connect_timeout);
  if (!legacy()) return;
  if (const auto* main = mount_.find(kMain)) {
    connect_to(*main, {});
  } else {
    // Clients wait for it before they go on to where they want to be.
    session_->send_text(std::make_shared<const std::string>(encode_packet({})));
  }
}

SocketConnection::Place* SocketConnection::find(std::string_view nsp) {
  for (auto& place : places_) {
    if (place.nsp->name == nsp) return &place;
  }
  return nullptr;
}

void SocketConnection::refuse(std::string_view reason) {
  if (session_->closed()) return;
  server().events_.connection_refused(reason);
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
  if (assembly_->bytes > server().engine_.options().max_payload) return refuse("packet");
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
    return receive_event(*socket, packet, std::move(attachments));
  }
  receive_ack(*socket, packet, std::move(attachments));
}

void SocketConnection::connect(const SocketPacket& packet) {
  const std::string_view target = packet.nsp;
  const auto name = legacy() ? target.substr(0, target.find('?')) : target;
  const bool unasked = legacy() && name == kMain;  // It is there by itself; some ask all the same.
  const auto* place = find(name);
  if (place != nullptr && place->socket) return unasked ? void() : refuse("state");
  const auto* nsp = mount_.find(name);
  if (nsp == nullptr && unasked) return;
  if (nsp == nullptr) {
    return session_->send_text(std::make_shared<const std::string>(
        encode_packet({.type = SocketPacketType::connect_error,
                       .nsp = std::string(name),
                       .json = R"({"message":"Invalid namespace"})"})));
  }
  if (!legacy()) return connect_to(*nsp, packet.json);
  const auto query = target.substr(std::min(name.size() + 1, target.size()));
  connect_to(*nsp, query.empty() ? std::string() : query_as_json(query));
}

void SocketConnection::connect_to(const Namespace& nsp, std::string auth_json) {
  const auto socket =
      std::make_shared<Socket>(weak_from_this(), session_, SessionId::make(server().random_), nsp);
  if (auto* place = find(nsp.name)) {
    place->socket = socket;
  } else {
    places_.push_back({&nsp, socket});
  }
  guarded([&] { nsp.application.on_connect(socket, std::move(auth_json)); });
}

void SocketConnection::receive_event(Socket& socket, const SocketPacket& packet,
                                     std::vector<std::string> attachments) {
  auto event = parse_event(packet);
  const bool binary = packet.type == SocketPacketType::binary_event;
  if (!event || (binary && !placeholders_fit(event->args_json, attachments.size()))) {
    return refuse("packet");
  }
  event->attachments = std::move(attachments);
  guarded([&] { socket.nsp_.application.on_event(socket.shared_from_this(), std::move(*event)); });
}

void SocketConnection::receive_ack(Socket& socket, const SocketPacket& packet,
                                   std::vector<std::string> attachments) {
  const bool binary = packet.type == SocketPacketType::binary_ack;
  if (binary && !placeholders_fit(packet.json, attachments.size())) return refuse("packet");
  if (packet.id) socket.receive_ack(*packet.id, {packet.json, std::move(attachments)});
}

void SocketConnection::tell_gone(Socket& socket, std::string_view reason) {
  socket.give_up_acks();
  guarded([&] { socket.nsp_.application.on_disconnect(socket.shared_from_this(), reason); });
  socket.app_data.reset();
}

void SocketConnection::leave(Socket& socket) {
  if (std::exchange(socket.state_, Socket::State::gone) != Socket::State::connected) return;
  tell_gone(socket, "client namespace disconnect");
}

void SocketConnection::tell_all(void (Application::*event)(const std::shared_ptr<Socket>&)) {
  const auto places = places_;
  for (const auto& [nsp, socket] : places) {
    if (!socket || !socket->connected()) continue;
    guarded([event, application = &nsp->application, joined = socket] {
      (application->*event)(joined);
    });
  }
}

void SocketConnection::on_close(std::string_view reason) {
  --mount_.open;
  connect_deadline_.reset();
  for (const auto& [nsp, socket] : std::exchange(places_, {})) {
    if (!socket) continue;
    if (std::exchange(socket->state_, Socket::State::gone) != Socket::State::connected) continue;
    tell_gone(*socket, reason);
  }
}

// --- From the server -----------------------------------------------------------------------------

void SocketConnection::accepted() {
  admitted_ = true;
  if (mount_.namespaces.size() > 1) return;  // The next one asks for the handshake as well.
  connect_deadline_.reset();
  session_->forget_handshake();
}

void SocketConnection::on_connect_deadline() {
  if (!admitted_) return refuse("connect_timeout");
  session_->forget_handshake();
}

void SocketConnection::refused(const Socket& socket) {
  std::erase_if(places_, [&](const Place& place) { return place.socket.get() == &socket; });
}

void SocketConnection::disconnected(Socket& socket) {
  if (auto* place = find(socket.namespace_name())) place->socket = nullptr;
  boost::asio::post(server().engine_.io(),
                    [self = shared_from_this(), left = socket.shared_from_this(),
                     data = std::move(socket.app_data)]() mutable {
                      if (data) left->app_data = std::move(data);
                      self->tell_gone(*left, "server namespace disconnect");
                    });
}

}  // namespace confab::gateway
