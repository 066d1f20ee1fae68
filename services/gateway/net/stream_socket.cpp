#include "gateway/net/stream_socket.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <exception>
#include <utility>

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kReadBytes = 4096;
// Of a peer that is silent, or does not take what it is sent: after these it counts as gone.
constexpr int kKeepAliveAfterS = 60;
constexpr int kUserTimeoutMs = 60'000;

void notice_dead_peers(TcpSocket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const auto fd = socket.native_handle();
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kKeepAliveAfterS, sizeof kKeepAliveAfterS);
  ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &kUserTimeoutMs, sizeof kUserTimeoutMs);
}

}  // namespace

StreamSocket::StreamSocket(TcpSocket socket, DeadlineWheel& deadlines, std::size_t max_outbox_bytes,
                           std::shared_ptr<void> open)
    : socket_(std::move(socket)),
      deadlines_(deadlines),
      max_outbox_bytes_(max_outbox_bytes),
      open_(std::move(open)) {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  notice_dead_peers(socket_);
  remote_address_ = socket_.remote_endpoint(ignored).address().to_string();
}

StreamSocket::~StreamSocket() = default;

void StreamSocket::start(std::shared_ptr<StreamListener> listener) {
  listener_ = std::move(listener);
  await_input();
}

/// A buffer is needed only while there is something to read.
void StreamSocket::await_input() {
  socket_.async_wait(TcpSocket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       if (error) return self->cut();
                       self->receive();
                     });
}

void StreamSocket::receive() {
  std::array<char, kReadBytes> bytes;
  const auto size = ::recv(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  const bool nothing = size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  if (size == 0 || (size < 0 && !nothing)) return cut();
  if (size > 0 && !closing_) {
    try {
      listener_->on_data(*this, {bytes.data(), static_cast<std::size_t>(size)});
    } catch (const std::exception&) {
      return cut();
    }
  }
  if (socket_.is_open()) await_input();
}

void StreamSocket::send(SharedBytes bytes) {
  if (closing_) return;
  outbox_bytes_ += bytes->size();
  if (outbox_bytes_ > max_outbox_bytes_) return cut();
  outbox_.push_back(std::move(bytes));
  if (!writing_) write_next();
}

void StreamSocket::write_next() {
  if (outbox_.empty()) return closing_ ? say_goodbye() : void();
  writing_ = true;
  asio::async_write(socket_, asio::buffer(*outbox_.front()),
                    [self = shared_from_this(), kept = outbox_.front()](
                        const boost::system::error_code& error, std::size_t) {
                      self->writing_ = false;
                      if (error || self->outbox_.empty()) return self->cut();
                      self->outbox_bytes_ -= kept->size();
                      self->outbox_.pop_front();
                      self->write_next();
                    });
}

void StreamSocket::close() {
  if (std::exchange(closing_, true)) return;
  announce();
  deadlines_.set_after(farewell_, kFarewell);
  if (!writing_) say_goodbye();
}

/// Then the client closes: closing here, over what it may have sent meanwhile, would take from it
/// what it has not read yet.
void StreamSocket::say_goodbye() {
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void StreamSocket::cut() {
  if (!std::exchange(closing_, true)) announce();
  deadlines_.cancel(farewell_);
  boost::system::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  outbox_ = {};
  outbox_bytes_ = 0;
  open_.reset();
}

/// Later: this may run inside a call of whom it serves.
void StreamSocket::announce() {
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    const auto listener = std::exchange(self->listener_, nullptr);
    if (listener) listener->on_closed(*self);
  });
}

}  // namespace confab::gateway
