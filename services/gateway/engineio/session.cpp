#include "gateway/engineio/session.hpp"

#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "gateway/engineio/answers.hpp"
#include "gateway/engineio/server.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

const HttpRequest kForgotten;

/// What a client without binary requests, or which polls by scripts, says of itself.
bool takes_only_text(const HttpRequest& handshake) {
  const auto b64 = handshake.query_value("b64").value_or("");
  return handshake.query_value("j") || (!b64.empty() && b64 != "0" && b64 != "false");
}

std::unique_ptr<const HttpRequest> without_body(HttpRequest request) {
  request.body = {};
  return std::make_unique<const HttpRequest>(std::move(request));
}

}  // namespace

EngineSession::EngineSession(EngineServer& server, const SessionId& id, HttpRequest handshake,
                             EngineVersion version, Transport transport)
    : server_(server),
      handshake_(without_body(std::move(handshake))),
      id_(id),
      version_(version),
      base64_(takes_only_text(*handshake_)),
      transport_(transport),
      awaiting_heartbeat_(version == EngineVersion::v3) {}

const HttpRequest& EngineSession::handshake() const {
  return handshake_ ? *handshake_ : kForgotten;
}

void EngineSession::forget_handshake() {
  if (!keeps_address_ || !handshake_) return handshake_.reset();
  auto rest = std::make_unique<HttpRequest>();
  rest->remote_address = handshake_->remote_address;
  handshake_ = std::move(rest);
}

asio::io_context& EngineSession::io() const { return server_.io(); }

DeadlineWheel& EngineSession::deadlines() const { return server_.deadlines(); }

std::string EngineSession::sid() const { return server_.sid_of(*this); }

void EngineSession::open(std::shared_ptr<WebSocket> socket) {
  socket_ = std::move(socket);
  if (socket_) socket_->start(shared_from_this());
  auto packet = open_packet(*this, sid(), server_.options());
  send_packet({std::make_shared<const std::string>(std::move(packet)), false});
  await_heartbeat();
}

// --- Sending -------------------------------------------------------------------------------------

void EngineSession::send_text(SharedBytes packet) { send_packet({std::move(packet), false}); }

void EngineSession::send_binary(SharedBytes message) { send_packet({std::move(message), true}); }

void EngineSession::send_packet(EnginePacket packet) {
  if (closed_) return;
  if (transport_ == Transport::websocket) {
    return send_frame(std::move(packet));
  }
  if (!polling().queue.push(std::move(packet), server_.options().max_outbox_bytes)) {
    return end("overflow");
  }
  wake_poll();
}

void EngineSession::send_frame(EnginePacket packet) {
  if (!packet.binary) return socket_->send_text(std::move(packet.bytes));
  if (version_ == EngineVersion::v4 && !base64_) {
    return socket_->send_binary(std::move(packet.bytes));
  }
  std::string frame;
  if (base64_) {
    append_binary_as_text(frame, version_, *packet.bytes);
    return socket_->send_text(std::make_shared<const std::string>(std::move(frame)));
  }
  append_binary(frame, version_, *packet.bytes);
  socket_->send_binary(std::make_shared<const std::string>(std::move(frame)));
}

bool EngineSession::send_frames(const SharedBytes& frames) {
  return closed_ || socket_->send_frames(frames);
}

bool EngineSession::send_shared(const std::vector<SharedBytes>& packets) {
  if (closed_) return true;
  if (transport_ == Transport::polling &&
      polling().queue.bytes() > server_.options().max_backlog_bytes) {
    refused_ = true;
    return false;
  }
  for (const auto& packet : packets) send_packet({packet, false});
  return true;
}

/// Later: this may run inside a call of the application.
void EngineSession::tell_drained() {
  if (!std::exchange(refused_, false)) return;
  asio::post(server_.io(), [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->closed_) self->server_.handler().on_drained(*self);
  });
}

std::size_t EngineSession::outbox_bytes() const {
  if (transport_ == Transport::websocket) return socket_->outbox_bytes();
  return polling_ ? polling_->queue.bytes() : 0;
}

// The poll resumes after the running handler, so that all the handler sends goes into one answer.
void EngineSession::wake_poll() {
  if (is_parked()) polling_->parked->cancel();
}

// --- Receiving -----------------------------------------------------------------------------------

bool EngineSession::receive(const PacketView& packet) {
  switch (packet.type) {
    case PacketType::message:
      deliver(packet);
      return true;
    case PacketType::ping:
      return receive_ping(packet.data);
    case PacketType::pong:
      return receive_pong();
    case PacketType::close:
      // A poll that still waits is to end without a second close.
      if (is_parked()) {
        static_cast<void>(polling_->queue.push(packet_of(PacketType::noop), SIZE_MAX));
      }
      end("transport close");
      return true;
    case PacketType::noop:
      return true;
    case PacketType::open:
    case PacketType::upgrade:
      return false;
  }
  return false;
}

void EngineSession::receive_frame(std::string_view frame, bool binary) {
  if (closed_) return;
  std::string decoded;
  const auto packet = binary ? parse_binary(version_, frame) : parse_text(version_, frame, decoded);
  if (!packet || !receive(*packet)) end("parse error");
}

void EngineSession::deliver(const PacketView& packet) {
  try {
    if (packet.binary) {
      server_.handler().on_binary(*this, packet.data);
    } else {
      server_.handler().on_text(*this, packet.data);
    }
  } catch (const std::exception&) {
    end("transport error");
  }
}

void EngineSession::on_text(WebSocket& from, std::string_view frame) {
  if (is_probe(from)) return receive_probe(frame);
  if (&from == socket_.get()) receive_frame(frame, false);
}

void EngineSession::on_binary(WebSocket& from, std::string_view message) {
  if (is_probe(from)) return drop_probe();
  if (&from == socket_.get()) receive_frame(message, true);
}

void EngineSession::on_drained(WebSocket& from) {
  if (&from == socket_.get() && !closed_) server_.handler().on_drained(*this);
}

void EngineSession::on_closed(WebSocket& from, std::string_view reason) {
  if (is_probe(from)) return drop_probe();
  if (&from != socket_.get()) return;
  if (reason == "closed") return end("transport close");
  end(reason == "overflow" ? reason : "transport error");
}

// --- Heartbeat -----------------------------------------------------------------------------------

bool EngineSession::receive_ping(std::string_view data) {
  if (version_ != EngineVersion::v3) return false;
  await_heartbeat();
  std::string pong(1, static_cast<char>(PacketType::pong));
  send_packet({std::make_shared<const std::string>(pong.append(data)), false});
  return true;
}

bool EngineSession::receive_pong() {
  if (version_ == EngineVersion::v3) return false;
  if (std::exchange(awaiting_heartbeat_, false)) {
    await_heartbeat();
    server_.handler().on_pong(*this);
  }
  return true;
}

/// Until the next ping: in version 3 the client's, which may be late, else the server's.
void EngineSession::await_heartbeat() {
  const auto& options = server_.options();
  const auto patience = awaiting_heartbeat_ ? options.ping_timeout : options.ping_timeout.zero();
  set_deadline(server_.deadlines().now() + options.ping_interval + patience);
}

void EngineSession::set_deadline(Time deadline) { server_.deadlines().set(timer_, deadline); }

void EngineSession::on_deadline() {
  const auto self = shared_from_this();  // It may be forgotten by what follows.
  check_deadline();
}

void EngineSession::check_deadline() {
  if (!server_.deadlines().has_passed(timer_)) return;
  if (closed_) return server_.forget(*this);
  if (awaiting_heartbeat_) return end("ping timeout");
  awaiting_heartbeat_ = true;
  set_deadline(server_.deadlines().now() + server_.options().ping_timeout);
  server_.handler().on_ping(*this);
  send_packet({server_.ping_packet(), false});
}

// --- Closing -------------------------------------------------------------------------------------

void EngineSession::close(std::uint16_t code, std::string_view reason) {
  if (closed_) return;
  drop_probe();
  if (transport_ == Transport::websocket) {
    socket_->close(code, reason);
    server_.forget(*this);
  } else {
    // The next poll takes what is queued and the close after it; it has ping_timeout to come.
    static_cast<void>(polling().queue.push(packet_of(PacketType::close), SIZE_MAX));
    set_deadline(server_.deadlines().now() + server_.options().ping_timeout);
    wake_poll();
  }
  announce_close("server close");
}

void EngineSession::set_reading(bool reading) {
  if (socket_ && !closed_) socket_->set_reading(reading);
}

void EngineSession::drop() {
  if (closed_) return;
  if (socket_) socket_->abort();
  if (polling_) polling_->queue = {};
  end("overflow");
}

/// Closes at once; a poll that waits is answered with what is queued, or else with a close.
void EngineSession::end(std::string_view reason) {
  server_.forget(*this);
  drop_probe();
  wake_poll();
  if (socket_) socket_->close(1000, {});
  if (!closed_) announce_close(reason);
}

/// Tells the application later: this may run inside a call of its own.
void EngineSession::announce_close(std::string_view reason) {
  closed_ = true;
  place_.reset();
  server_.session_closed(*this, reason);
  // With its data, which may hold the session: it is let go of also when this does not run any
  // more.
  asio::post(server_.io(), [self = shared_from_this(), kept = std::move(app_data),
                            reason = std::string(reason)]() mutable {
    if (kept) self->app_data = std::move(kept);  // Else it may have come in the meantime.
    try {
      self->server_.handler().on_close(*self, reason);
    } catch (const std::exception&) {
      // The session is gone, and with it all there was to close.
    }
    self->app_data.reset();
  });
}

}  // namespace confab::gateway
