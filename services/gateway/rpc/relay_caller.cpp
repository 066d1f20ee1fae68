#include "gateway/rpc/relay_caller.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "gateway/rpc/forward_wire.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

/// What each message costs beside its bytes, so that empty ones are bounded too.
constexpr std::size_t kMessageCharge = 32;
constexpr std::uint16_t kServiceRestart = 1012;

}  // namespace

RelayCaller::RelayCaller(asio::io_context& io, std::shared_ptr<Stub> stub,
                         std::function<void(int)> sockets)
    : io_(io), stub_(std::move(stub)), sockets_(std::move(sockets)), timer_(io) {}

asio::awaitable<std::optional<UpgradeDecision>> RelayCaller::open(
    v1::RelayUp opening, std::chrono::milliseconds deadline) {
  self_ = shared_from_this();
  held_ = true;
  stub_->async()->Relay(&context_, this);
  AddHold();
  StartCall();
  waiting_ = std::move(opening);
  write();
  read();
  timer_.expires_after(deadline);
  if (!decision_ && !over_) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
  if (decision_ && decision_->has_refused()) {
    auto refused = from_wire(*decision_->mutable_refused());
    abandon();
    if (refused) co_return std::move(*refused);
  } else if (decision_ && decision_->has_accepted()) {
    auto& accepted = *decision_->mutable_accepted();
    UpgradeAccept accept;
    accept.opened = [self = shared_from_this()](std::shared_ptr<WebSocket> socket) {
      self->attach(std::move(socket));
    };
    accept.subprotocol = std::move(*accepted.mutable_subprotocol());
    accept.max_message_bytes = accepted.max_message_bytes();
    accept.max_backlog_bytes = accepted.max_backlog_bytes();
    co_return accept;
  }
  abandon();
  co_return std::nullopt;
}

void RelayCaller::attach(std::shared_ptr<WebSocket> socket) {
  socket_ = std::move(socket);
  sockets_(1);
  socket_->start(shared_from_this());
  if (over_) return on_over();
  read();
}

void RelayCaller::leave() {
  if (!socket_ || over_ || std::exchange(leaving_, true)) return;
  socket_->set_reading(false);
  timer_.expires_after(kAnswers);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (error || !self->socket_) return;
    self->socket_->close(kServiceRestart, "restart");
    self->socket_->set_reading(true);  // For the end of the client's side.
  });
}

// --- From the client -----------------------------------------------------------------------------

void RelayCaller::take(std::string_view message, bool binary) {
  auto* kept = waiting_.add_messages();
  kept->set_binary(binary);
  kept->set_data(message.data(), message.size());
  waiting_bytes_ += message.size() + kMessageCharge;
  if (waiting_bytes_ > kMaxWaitingBytes && !leaving_ && !std::exchange(reading_held_, true)) {
    socket_->set_reading(false);
  }
  write();
}

void RelayCaller::write() {
  if (writing_ || !held_) return;
  writing_ = true;
  // Later, so that what one turn brings travels together.
  asio::post(io_, [self = shared_from_this()] { self->write_next(); });
}

void RelayCaller::write_next() {
  if (!held_) return;
  outgoing_ = std::exchange(waiting_, {});
  waiting_bytes_ = 0;
  if (outgoing_.closed().empty()) {
    StartWrite(&outgoing_);
  } else {
    StartWriteLast(&outgoing_, {});
  }
}

void RelayCaller::on_written() {
  writing_ = false;
  if (socket_ && std::exchange(reading_held_, false) && !leaving_) socket_->set_reading(true);
  if (waiting_.messages_size() > 0 || !waiting_.closed().empty()) write();
}

void RelayCaller::on_closed(WebSocket& /*socket*/, std::string_view reason) {
  socket_ = nullptr;
  sockets_(-1);
  undelivered_ = nullptr;
  if (over_) return;
  waiting_.set_closed(std::string(reason));
  write();
  read();
  timer_.expires_after(kEnding);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->abandon();
  });
}

// --- To the client -------------------------------------------------------------------------------

/// Asks for what comes next, unless that is under way.
void RelayCaller::read() {
  if (!held_ || std::exchange(reading_, true)) return;
  StartRead(&incoming_);
}

void RelayCaller::on_down(v1::RelayDown down) {
  reading_ = false;
  if (!decision_) {
    decision_ = std::move(down);
    timer_.cancel();
    return;
  }
  if (socket_ && !down.frames().empty()) {
    undelivered_ = std::make_shared<const std::string>(std::move(*down.mutable_frames()));
    send_down();
  }
  if (socket_ && down.has_close()) {
    socket_->close(static_cast<std::uint16_t>(down.close().code()), down.close().reason());
  }
  if (!undelivered_) read();
}

void RelayCaller::send_down() {
  if (undelivered_ && socket_->send_frames(undelivered_)) undelivered_ = nullptr;
}

void RelayCaller::on_drained(WebSocket& /*socket*/) {
  send_down();
  if (!undelivered_) read();
}

// --- The call ------------------------------------------------------------------------------------

void RelayCaller::OnReadDone(bool ok) {
  if (!ok) return asio::post(io_, [self = shared_from_this()] { self->release(); });
  auto down = std::make_shared<v1::RelayDown>(std::move(incoming_));
  incoming_.Clear();
  asio::post(io_, [self = shared_from_this(), down] { self->on_down(std::move(*down)); });
}

void RelayCaller::OnWriteDone(bool ok) {
  if (ok) asio::post(io_, [self = shared_from_this()] { self->on_written(); });
}

void RelayCaller::OnDone(const grpc::Status& /*status*/) {
  asio::post(io_, [self = std::move(self_)] { self->on_over(); });
}

/// The session is gone with its gateway, or has been closed and the socket is ending.
void RelayCaller::on_over() {
  over_ = true;
  timer_.cancel();
  undelivered_ = nullptr;
  if (!socket_) return;
  if (std::exchange(reading_held_, false)) socket_->set_reading(true);
  socket_->close(kServiceRestart, {});
}

void RelayCaller::abandon() {
  context_.TryCancel();
  release();
}

void RelayCaller::release() {
  if (std::exchange(held_, false)) RemoveHold();
}

}  // namespace confab::gateway
