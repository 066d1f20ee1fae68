#include "gateway/engineio/session.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "gateway/engineio/answers.hpp"
#include "gateway/engineio/server.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

EnginePacket packet_of(PacketType type) {
  return {std::make_shared<const std::string>(1, static_cast<char>(type)), false};
}

const HttpRequest kForgotten;

std::unique_ptr<const HttpRequest> without_body(HttpRequest request) {
  request.body = {};
  return std::make_unique<const HttpRequest>(std::move(request));
}

}  // namespace

EngineSession::EngineSession(EngineServer& server, const SessionId& id, HttpRequest handshake,
                             Transport transport)
    : server_(server),
      handshake_(without_body(std::move(handshake))),
      id_(id),
      transport_(transport) {}

const HttpRequest& EngineSession::handshake() const {
  return handshake_ ? *handshake_ : kForgotten;
}

void EngineSession::open(std::shared_ptr<WebSocket> socket) {
  socket_ = std::move(socket);
  if (socket_) socket_->start(shared_from_this());
  auto packet = open_packet(*this, server_.sid_of(*this), server_.options());
  send_packet({std::make_shared<const std::string>(std::move(packet)), false});
  set_deadline(std::chrono::steady_clock::now() + server_.options().ping_interval);
}

// --- Sending -------------------------------------------------------------------------------------

void EngineSession::send_text(SharedBytes packet) { send_packet({std::move(packet), false}); }

void EngineSession::send_binary(SharedBytes message) { send_packet({std::move(message), true}); }

void EngineSession::send_packet(EnginePacket packet) {
  if (closed_) return;
  if (transport_ == Transport::websocket) {
    if (packet.binary) return socket_->send_binary(std::move(packet.bytes));
    return socket_->send_text(std::move(packet.bytes));
  }
  if (!polling().queue.push(std::move(packet), server_.options().max_outbox_bytes)) {
    return end("overflow");
  }
  wake_poll();
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

// --- Polling -------------------------------------------------------------------------------------

EngineSession::Polling& EngineSession::polling() {
  if (!polling_) polling_ = std::make_unique<Polling>();
  return *polling_;
}

/// Once on websocket, and no poll waits any more.
void EngineSession::free_polling() {
  if (transport_ == Transport::websocket && !is_parked()) polling_.reset();
}

asio::awaitable<HttpResponse> EngineSession::poll() {
  const auto self = shared_from_this();
  if (is_parked()) {
    end("transport error");
    co_return error_answer(EngineError::bad_request);
  }
  if (polling().queue.empty()) {
    asio::steady_timer parking(server_.io(), Time::max());
    polling().parked = &parking;
    co_await parking.async_wait(kAwait);
    polling().parked = nullptr;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
      if (transport_ == Transport::polling) end("transport close");
      co_return HttpResponse{};  // Nobody is there to read it.
    }
  }
  co_return poll_answer();
}

HttpResponse EngineSession::poll_answer() {
  auto& queue = polling().queue;
  auto payload = queue.take_payload(server_.options().max_payload);
  // Woken with an empty queue: a WebSocket has taken over, or wants to.
  if (payload.empty()) payload = static_cast<char>(closed_ ? PacketType::close : PacketType::noop);
  if (queue.empty()) tell_drained();
  if (closed_ && queue.empty()) server_.forget(*this);
  free_polling();
  return {.content_type = "text/plain; charset=UTF-8",
          .body = std::move(payload),
          .headers = {{"Cache-Control", "no-store"}}};
}

HttpResponse EngineSession::post(const HttpRequest& request) {
  if (request.body.size() > server_.options().max_payload) {
    return {.status = 413};
  }
  const auto type = request.header("Content-Type");
  const auto polled =
      type == "application/octet-stream" ? std::nullopt : parse_payload(request.body);
  if (!polled) {
    end("parse error");
    return error_answer(EngineError::bad_request);
  }
  for (const auto& packet : polled->packets) {
    if (closed_) break;
    if (!receive(packet)) {
      end("parse error");
      return error_answer(EngineError::bad_request);
    }
  }
  return {.content_type = "text/html", .body = "ok"};
}

// --- Receiving -----------------------------------------------------------------------------------

bool EngineSession::receive(const PacketView& packet) {
  switch (packet.type) {
    case PacketType::message:
      deliver(packet);
      return true;
    case PacketType::pong:
      if (awaiting_pong_) {
        awaiting_pong_ = false;
        set_deadline(std::chrono::steady_clock::now() + server_.options().ping_interval);
      }
      return true;
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
    case PacketType::ping:
    case PacketType::upgrade:
      return false;
  }
  return false;
}

void EngineSession::receive_frame(std::string_view frame, bool binary) {
  if (closed_) return;
  const auto packet = binary ? PacketView{PacketType::message, frame, true} : parse_packet(frame);
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

void EngineSession::set_deadline(Time deadline) {
  deadline_ = deadline;
  server_.deadlines().set(timer_, deadline);
}

void EngineSession::on_deadline() {
  const auto self = shared_from_this();  // It may be forgotten by what follows.
  check_deadline();
}

void EngineSession::check_deadline() {
  if (std::chrono::steady_clock::now() < deadline_) return;
  if (closed_) return server_.forget(*this);
  if (awaiting_pong_) return end("ping timeout");
  awaiting_pong_ = true;
  set_deadline(deadline_ + server_.options().ping_timeout);
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
    set_deadline(std::chrono::steady_clock::now() + server_.options().ping_timeout);
    wake_poll();
  }
  announce_close("server close");
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
  server_.session_closed(*this, reason);
  asio::post(server_.io(), [self = shared_from_this(), reason = std::string(reason)] {
    try {
      self->server_.handler().on_close(*self, reason);
    } catch (const std::exception&) {
      // The session is gone, and with it all there was to close.
    }
  });
}

}  // namespace confab::gateway
