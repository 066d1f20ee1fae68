#include "gateway/net/frame_socket.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <exception>
#include <utility>

#include "common/base/failpoint.hpp"
#include "gateway/net/frame_loop.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::seconds kCloseTime{5};
/// What one system call sends at most; a message takes two parts, shared frames one.
constexpr std::size_t kMaxParts = 64;

bool try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

std::uint32_t at_most_32_bits(std::size_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

ssize_t send_parts(int descriptor, std::span<iovec> parts) {
  if (parts.size() == 1) {
    return ::send(descriptor, parts[0].iov_base, parts[0].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  return ::sendmsg(descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// -1 when it is none any more.
int take_descriptor(TcpSocket socket) {
  boost::system::error_code error;
  const int descriptor = socket.release(error);
  return error ? -1 : descriptor;
}

}  // namespace

FrameSocket::FrameSocket(TcpSocket socket, OpenConnection open, const UpgradeAccept& limits,
                         std::string answer)
    : open_(std::move(open)),
      descriptor_(take_descriptor(std::move(socket))),
      parser_(at_most_32_bits(limits.max_message_bytes)),
      max_outbox_bytes_(at_most_32_bits(limits.max_outbox_bytes)),
      max_backlog_bytes_(at_most_32_bits(limits.max_backlog_bytes)),
      keep_alive_ms_(static_cast<std::uint32_t>(limits.keep_alive.count())) {
  outbox().push_raw(std::move(answer));
  flush_later();
}

FrameSocket::~FrameSocket() {
  loop().forget(*this);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void FrameSocket::start(std::shared_ptr<WebSocketListener> listener) {
  listener_ = std::move(listener);
  started_ = true;
  if (end_ != End::none) return loop().finish_later(*this);
  if (keep_alive_ms_ > 0) {
    loop().deadlines().set_after(*this, std::chrono::milliseconds(keep_alive_ms_));
  }
  watch();
}

// --- Waiting -------------------------------------------------------------------------------------

void FrameSocket::watch() {
  std::uint32_t events = 0;
  if (started_ && !parked_) events |= EPOLLIN;
  if (waiting_writable_) events |= EPOLLOUT;
  if (!loop().watch(*this, events)) drop(End::lost);
}

/// Only ever called by the event loop itself. Errors show when it is tried.
void FrameSocket::on_ready(std::uint32_t events) {
  const bool writable = waiting_writable_ && (events & ~std::uint32_t{EPOLLIN}) != 0;
  if (end_ == End::none && writable) {
    waiting_writable_ = false;
    flush();
  }
  parked_ = held_;
  const bool readable = started_ && !parked_ && (events & ~std::uint32_t{EPOLLOUT}) != 0;
  if (end_ == End::none && readable) receive();
  if (end_ == End::none) watch();
}

void FrameSocket::set_reading(bool reading) {
  held_ = !reading;
  if (end_ == End::none && reading && std::exchange(parked_, false)) watch();
}

// --- Writing -------------------------------------------------------------------------------------

void FrameSocket::send(Opcode opcode, SharedBytes message) {
  if (ending()) return;
  outbox().push_message(opcode, std::move(message));
  if (outbox_->message_bytes() > max_outbox_bytes_) {
    open_.events().outbox_overflowed();
    return drop(End::overflow);
  }
  flush_later();
}

bool FrameSocket::send_frames(const SharedBytes& frames) {
  if (ending()) return true;
  if (outbox().shared_bytes() > max_backlog_bytes_) {
    if (!std::exchange(refused_frames_, true)) open_.events().frames_refused();
    return false;
  }
  outbox_->push_shared(frames);
  flush_later();
  return true;
}

std::size_t FrameSocket::outbox_bytes() const {
  return outbox_ ? outbox_->message_bytes() + outbox_->shared_bytes() : 0;
}

FrameOutbox& FrameSocket::outbox() {
  if (!outbox_) outbox_ = loop().take_outbox();
  return *outbox_;
}

void FrameSocket::flush_later() {
  if (!waiting_writable_) loop().flush_later(*this);
}

/// Only ever called by the event loop itself.
void FrameSocket::flush() {
  if (end_ != End::none || !outbox_) return;
  std::array<iovec, kMaxParts> parts;
  const auto described = std::span(parts).first(outbox_->describe(parts));
  std::size_t offered = 0;
  for (const auto& part : described) offered += part.iov_len;
  if (offered > 0) {
    const auto size = send_parts(descriptor_, described);
    if (size < 0) return try_again() ? wait_writable() : drop(End::lost);
    const auto taken = static_cast<std::size_t>(size);
    const auto& events = open_.events();
    events.flushed(taken);
    if (const auto payload = outbox_->sent(taken); payload > 0) events.sent(payload);
    if (failpoint::fails(failpoint::Step::ack_written)) return drop(End::lost);
    if (taken < offered) return wait_writable();
  }
  if (!outbox_->empty()) return flush_later();
  loop().give_back(std::exchange(outbox_, nullptr));
  on_all_sent();
}

void FrameSocket::wait_writable() {
  waiting_writable_ = true;
  watch();
}

void FrameSocket::on_all_sent() {
  if (peer_closed_) return drop(End::closed);
  if (fault_ != End::none) ::shutdown(descriptor_, SHUT_WR);
  if (std::exchange(refused_frames_, false) && !closing_) {
    tell([this](WebSocketListener& listener) { listener.on_drained(*this); });
  }
}

// --- Ending --------------------------------------------------------------------------------------

std::string_view FrameSocket::name_of(End end) {
  switch (end) {
    case End::closed:
      return "closed";
    case End::aborted:
      return "aborted";
    case End::overflow:
      return "overflow";
    case End::too_big:
      return "too_big";
    case End::protocol:
      return "protocol";
    case End::timeout:
      return "timeout";
    case End::none:
    case End::lost:
      return "lost";
  }
  return "lost";
}

void FrameSocket::close(std::uint16_t code, std::string_view reason) {
  if (!ending()) begin_closing(code, reason);
}

void FrameSocket::begin_closing(std::uint16_t code, std::string_view reason) {
  closing_ = true;
  std::string frame;
  append_close_frame(frame, code, reason);
  outbox().push_raw(std::move(frame));
  flush_later();
  loop().deadlines().set_after(*this, kCloseTime);
}

void FrameSocket::on_deadline() {
  if (closing_) return drop(fault_ == End::none ? End::timeout : fault_);
  if (pinged_) return drop(End::timeout);
  pinged_ = true;
  std::string ping;
  append_frame_header(ping, Opcode::ping, 0);
  outbox().push_raw(std::move(ping));
  flush_later();
  loop().deadlines().set_after(*this, std::chrono::milliseconds(keep_alive_ms_));
}

/// Cuts the connection, which then leaves the epoll set by itself.
void FrameSocket::drop(End end) {
  if (end_ != End::none) return;
  // A connection that is lost late has ended for the reason that was there before.
  if (end == End::lost && peer_closed_) end = End::closed;
  if (end == End::lost && fault_ != End::none) end = fault_;
  end_ = end;
  loop().deadlines().cancel(*this);
  loop().forget(*this);
  if (outbox_) loop().give_back(std::exchange(outbox_, nullptr));
  ::close(std::exchange(descriptor_, -1));
  loop().finish_later(*this);
}

void FrameSocket::finish() {
  const auto listener = std::exchange(listener_, nullptr);
  if (!listener) return;
  try {
    listener->on_closed(*this, name_of(end_));
  } catch (const std::exception& error) {
    open_.events().handler_failed(error.what());
  }
}

}  // namespace confab::gateway
