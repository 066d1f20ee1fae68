#include "gateway/socketio/socket.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "common/base/encoding.hpp"
#include "gateway/socketio/connection.hpp"

namespace confab::gateway {
namespace {

SharedBytes encoded(const SocketPacket& packet) {
  return std::make_shared<const std::string>(encode_packet(packet));
}

}  // namespace

Socket::Socket(std::weak_ptr<SocketConnection> connection, std::shared_ptr<EngineSession> session,
               const SessionId& id, const Namespace& nsp)
    : connection_(std::move(connection)), session_(std::move(session)), nsp_(nsp), id_(id) {}

std::string Socket::id() const {
  if (version() == EngineVersion::v4) return std::string(id_.view());
  const auto session = session_->sid();
  return nsp_.name == "/" ? session : nsp_.name + "#" + session;
}

void Socket::take_over(std::string_view id) {
  if (state_ == State::connecting) id_ = SessionId::of(id);
}

void Socket::accept(std::string_view pid) {
  const auto connection = connection_.lock();
  if (state_ != State::connecting || !connection || session_->closed()) return;
  state_ = State::connected;
  connection->accepted();
  std::string json;
  if (version() == EngineVersion::v4) {
    json = R"({"sid":")" + id() + '"';
    if (!pid.empty()) json.append(R"(,"pid":")").append(pid) += '"';
    json += '}';
  }
  session_->send_text(
      encoded({.type = SocketPacketType::connect, .nsp = nsp_.name, .json = std::move(json)}));
}

void Socket::refuse(std::string_view message, std::string_view data_json) {
  const auto connection = connection_.lock();
  if (state_ != State::connecting || !connection) return;
  state_ = State::gone;
  connection->refused(*this);
  std::string json;
  append_json_string(json, message);
  if (version() == EngineVersion::v4) {
    json.insert(0, R"({"message":)");
    if (!data_json.empty()) json.append(R"(,"data":)").append(data_json);
    json += '}';
  }
  session_->send_text(encoded(
      {.type = SocketPacketType::connect_error, .nsp = nsp_.name, .json = std::move(json)}));
}

void Socket::emit(const EncodedEvent& event) {
  if (state_ != State::connected) return;
  session_->send_text(event.packet);
  for (const auto& attachment : event.attachments) session_->send_binary(attachment);
}

void Socket::emit_with_ack(std::string_view name, std::string_view args_json,
                           std::chrono::milliseconds timeout, AckHandler handler,
                           std::vector<SharedBytes> attachments) {
  if (state_ == State::connected && !session_->closed()) {
    if (!acks_) {
      // The acks are a part of this, and so is what settles them.
      acks_ = std::make_unique<PendingAcks>(
          session_->deadlines(), [this](const AckHandler& waiting, std::optional<ClientAck> ack) {
            settle(waiting, std::move(ack));
          });
    }
    if (const auto id = acks_->add(handler, timeout)) {
      return emit(encode_event(nsp_.name, name, args_json, std::move(attachments), id));
    }
  }
  boost::asio::post(session_->io(), [self = shared_from_this(), waiting = std::move(handler)] {
    self->settle(waiting, std::nullopt);
  });
}

void Socket::settle(const AckHandler& handler, std::optional<ClientAck> ack) {
  const auto self = shared_from_this();  // The handler may let go of it.
  try {
    handler(std::move(ack));
  } catch (const std::exception&) {
    if (const auto connection = connection_.lock()) connection->application_failed();
  }
}

void Socket::receive_ack(std::uint64_t id, ClientAck ack) {
  if (acks_) acks_->answer(id, std::move(ack));
}

void Socket::give_up_acks() {
  if (acks_) acks_->give_up();
}

bool Socket::emit_frames(const SharedBytes& frames) {
  return state_ != State::connected || session_->send_frames(frames);
}

bool Socket::emit_packets(const std::vector<SharedBytes>& packets) {
  return state_ != State::connected || session_->send_shared(packets);
}

void Socket::ack(std::uint64_t id, std::string_view args_json,
                 std::vector<SharedBytes> attachments) {
  if (state_ != State::connected) return;
  session_->send_text(
      encoded({.type = attachments.empty() ? SocketPacketType::ack : SocketPacketType::binary_ack,
               .attachments = attachments.size(),
               .nsp = nsp_.name,
               .id = id,
               .json = std::string(args_json)}));
  for (auto& attachment : attachments) session_->send_binary(std::move(attachment));
}

void Socket::disconnect() {
  const auto connection = connection_.lock();
  if (state_ != State::connected || !connection) return;
  state_ = State::gone;
  session_->send_text(encoded({.type = SocketPacketType::disconnect, .nsp = nsp_.name}));
  connection->disconnected(*this);
}

void Socket::close_transport(std::uint16_t code, std::string_view reason) {
  session_->close(code, reason);
}

void Socket::set_reading(bool reading) { session_->set_reading(reading); }

void Socket::drop_transport() { session_->drop(); }

}  // namespace confab::gateway
