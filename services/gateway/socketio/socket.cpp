#include "gateway/socketio/socket.hpp"

#include <optional>
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
               const SessionId& id, std::string nsp)
    : connection_(std::move(connection)),
      session_(std::move(session)),
      id_(id),
      nsp_(std::move(nsp)) {}

void Socket::accept(std::string_view pid) {
  const auto connection = connection_.lock();
  if (state_ != State::connecting || !connection || session_->closed()) return;
  state_ = State::connected;
  connection->accepted();
  session_->forget_handshake();
  auto json = R"({"sid":")" + std::string(id_.view()) + '"';
  if (!pid.empty()) json.append(R"(,"pid":")").append(pid) += '"';
  session_->send_text(
      encoded({.type = SocketPacketType::connect, .nsp = nsp_, .json = std::move(json) + "}"}));
}

void Socket::refuse(std::string_view message, std::string_view data_json) {
  const auto connection = connection_.lock();
  if (state_ != State::connecting || !connection) return;
  state_ = State::gone;
  connection->refused(*this);
  std::string json = R"({"message":)";
  append_json_string(json, message);
  if (!data_json.empty()) json.append(R"(,"data":)").append(data_json);
  session_->send_text(encoded(
      {.type = SocketPacketType::connect_error, .nsp = nsp_, .json = std::move(json) + "}"}));
}

void Socket::emit(const EncodedEvent& event) {
  if (state_ != State::connected) return;
  session_->send_text(event.packet);
  for (const auto& attachment : event.attachments) session_->send_binary(attachment);
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
               .nsp = nsp_,
               .id = id,
               .json = std::string(args_json)}));
  for (auto& attachment : attachments) session_->send_binary(std::move(attachment));
}

void Socket::disconnect() {
  const auto connection = connection_.lock();
  if (state_ != State::connected || !connection) return;
  state_ = State::gone;
  session_->send_text(encoded({.type = SocketPacketType::disconnect, .nsp = nsp_}));
  connection->disconnected(*this);
}

void Socket::close_transport(std::uint16_t code, std::string_view reason) {
  session_->close(code, reason);
}

}  // namespace confab::gateway
