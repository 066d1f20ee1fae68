#include "gateway/net/frame_socket.hpp"

#include <sys/socket.h>

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

}  // namespace

/// The handler of a wait. When it is destroyed without a call, the event loop has ended.
template <void (FrameSocket::*Call)(const boost::system::error_code&)>
struct FrameSocket::Wait {
  explicit Wait(std::shared_ptr<FrameSocket> waiting) : socket(std::move(waiting)) {}
  Wait(Wait&&) = default;
  Wait& operator=(Wait&&) = delete;
  ~Wait() {
    if (socket) socket->abandon();
  }

  void operator()(const boost::system::error_code& error) {
    const auto self = std::move(socket);
    (*self.*Call)(error);
  }

  std::shared_ptr<FrameSocket> socket;
};

/// Gives the memory in the FrameSocket, which is free whenever no wait is under way.
template <typename T>
struct FrameSocket::ReadWaitAllocator {
  using value_type = T;

  explicit ReadWaitAllocator(FrameSocket& owner) : socket(&owner) {}
  template <typename U>
  // NOLINTNEXTLINE(google-explicit-constructor): allocators convert to one another.
  ReadWaitAllocator(const ReadWaitAllocator<U>& other) : socket(other.socket) {}

  T* allocate(std::size_t) {
    static_assert(sizeof(T) <= sizeof socket->read_wait_memory_ && alignof(T) <= 8);
    return reinterpret_cast<T*>(socket->read_wait_memory_.data());
  }
  void deallocate(T*, std::size_t) {}

  template <typename U>
  bool operator==(const ReadWaitAllocator<U>& other) const {
    return socket == other.socket;
  }

  FrameSocket* socket;
};

struct FrameSocket::ReadWait : Wait<&FrameSocket::on_readable> {
  using allocator_type = ReadWaitAllocator<char>;
  using Wait::Wait;

  [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type(*memory); }

  FrameSocket* memory = socket.get();  ///< Still there when `socket` has moved on.
};

FrameSocket::FrameSocket(TcpSocket socket, OpenConnection open, const UpgradeAccept& limits,
                         std::string answer)
    : open_(std::move(open)),
      socket_(std::move(socket)),
      parser_(at_most_32_bits(limits.max_message_bytes)),
      max_outbox_bytes_(at_most_32_bits(limits.max_outbox_bytes)),
      max_backlog_bytes_(at_most_32_bits(limits.max_backlog_bytes)),
      keep_alive_ms_(static_cast<std::uint32_t>(limits.keep_alive.count())) {
  outbox().push_raw(std::move(answer));
  flush_later();
}

FrameSocket::~FrameSocket() { loop().forget(*this); }

void FrameSocket::start(std::shared_ptr<WebSocketListener> listener) {
  listener_ = std::move(listener);
  if (keep_alive_ms_ > 0) {
    loop().deadlines().set_after(*this, std::chrono::milliseconds(keep_alive_ms_));
  }
  wait_readable();
}

// --- Waiting -------------------------------------------------------------------------------------

void FrameSocket::wait_readable() {
  socket_.async_wait(TcpSocket::wait_read, ReadWait(shared_from_this()));
}

void FrameSocket::on_readable(const boost::system::error_code& error) {
  if (error) drop(End::lost);
  if (end_ == End::none) receive();
  if (end_ != End::none) return finish();
  parked_ = held_;
  if (!parked_) wait_readable();
}

void FrameSocket::set_reading(bool reading) {
  held_ = !reading;
  if (reading && std::exchange(parked_, false)) wait_readable();
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
    const auto size = send_parts(socket_.native_handle(), described);
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
  socket_.async_wait(TcpSocket::wait_write, Wait<&FrameSocket::on_writable>(shared_from_this()));
}

void FrameSocket::on_writable(const boost::system::error_code& error) {
  waiting_writable_ = false;
  if (error) return drop(End::lost);
  flush();
}

void FrameSocket::on_all_sent() {
  if (peer_closed_) return drop(End::closed);
  if (fault_ != End::none) {
    boost::system::error_code ignored;
    socket_.shutdown(TcpSocket::shutdown_send, ignored);
  }
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

/// Cuts the connection. The wait for readability ends with that, and finishes.
void FrameSocket::drop(End end) {
  if (end_ != End::none) return;
  // A connection that is lost late has ended for the reason that was there before.
  if (end == End::lost && peer_closed_) end = End::closed;
  if (end == End::lost && fault_ != End::none) end = fault_;
  end_ = end;
  loop().deadlines().cancel(*this);
  loop().forget(*this);
  if (outbox_) loop().give_back(std::exchange(outbox_, nullptr));
  boost::system::error_code ignored;
  socket_.close(ignored);
  if (std::exchange(parked_, false)) wait_readable();
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

/// Lets go of a listener that may in turn hold this.
void FrameSocket::abandon() { listener_.reset(); }

}  // namespace confab::gateway
