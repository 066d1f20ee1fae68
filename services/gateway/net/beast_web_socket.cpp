#include "gateway/net/beast_web_socket.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <chrono>
#include <exception>

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::seconds kHandshakeTime{10};
constexpr std::chrono::seconds kCloseTime{5};
/// The room a close frame has for its reason.
constexpr std::size_t kCloseTextBytes = 123;
/// Counted for each queued frame beside its bytes, so that empty frames are bounded too.
constexpr std::size_t kFrameOverheadBytes = 32;
/// A read buffer larger than this is given back after the message that needed it.
constexpr std::size_t kKeptBufferBytes = 16 * 1024;

std::string_view reason_of(const boost::system::error_code& error) {
  if (error == websocket::error::closed) return "closed";
  if (error == websocket::error::message_too_big || error == websocket::error::buffer_overflow) {
    return "too_big";
  }
  if (error == boost::beast::error::timeout) return "timeout";
  if (error == websocket::condition::protocol_violation) return "protocol";
  return "lost";
}

}  // namespace

BeastWebSocket::BeastWebSocket(boost::beast::tcp_stream stream, const UpgradeAccept& limits,
                               OpenConnection open)
    : stream_(std::move(stream)),
      open_(std::move(open)),
      max_outbox_bytes_(limits.max_outbox_bytes),
      close_timer_(stream_.get_executor()) {
  boost::beast::get_lowest_layer(stream_).expires_never();
  websocket::stream_base::timeout timeout{kHandshakeTime, websocket::stream_base::none(), false};
  if (limits.keep_alive.count() > 0) {
    // Beast pings after half of it.
    timeout.idle_timeout = 2 * limits.keep_alive;
    timeout.keep_alive_pings = true;
  }
  stream_.set_option(timeout);
  stream_.read_message_max(limits.max_message_bytes);
  stream_.auto_fragment(false);
}

asio::awaitable<bool> BeastWebSocket::handshake(
    const boost::beast::http::request<boost::beast::http::empty_body>& request,
    const std::string& subprotocol) {
  if (!subprotocol.empty()) {
    stream_.set_option(
        websocket::stream_base::decorator([subprotocol](websocket::response_type& response) {
          response.set(boost::beast::http::field::sec_websocket_protocol, subprotocol);
        }));
  }
  const auto self = shared_from_this();
  const auto [error] = co_await stream_.async_accept(request, kAwait);
  co_return !error;
}

void BeastWebSocket::start(WebSocketCallbacks callbacks) {
  callbacks_ = std::move(callbacks);
  asio::co_spawn(
      stream_.get_executor(), read_frames(),
      [self = shared_from_this()](const std::exception_ptr& error, std::string_view reason) {
        self->finish(error ? "lost" : reason);
      });
}

asio::awaitable<std::string_view> BeastWebSocket::read_frames() {
  for (;;) {
    const auto [error, size] = co_await stream_.async_read(buffer_, kAwait);
    if (error) {
      // After close() Beast may end this read as aborted, when the peer's close frame arrives.
      co_return closing_&& error == asio::error::operation_aborted ? "closed" : reason_of(error);
    }
    const auto data = buffer_.cdata();
    // After close() it reads on for the peer's close frame only.
    if (!closing_ && dropped_.empty()) {
      deliver({static_cast<const char*>(data.data()), data.size()});
    }
    buffer_.clear();
    if (buffer_.capacity() > kKeptBufferBytes) buffer_.shrink_to_fit();
  }
}

void BeastWebSocket::deliver(std::string_view message) {
  open_.events().received(message.size());
  const auto& callback = stream_.got_text() ? callbacks_.on_text : callbacks_.on_binary;
  if (!callback) return;
  try {
    callback(message);
  } catch (const std::exception& error) {
    open_.events().handler_failed(error.what());
    close(websocket::close_code::internal_error, "internal error");
  }
}

void BeastWebSocket::send(Frame frame) {
  if (closing_ || !dropped_.empty()) return;
  outbox_bytes_ += frame.bytes->size() + kFrameOverheadBytes;
  outbox_.push_back(std::move(frame));
  if (outbox_bytes_ > max_outbox_bytes_) {
    open_.events().outbox_overflowed();
    return drop("overflow");
  }
  if (!writing_) write_next();
}

void BeastWebSocket::write_next() {
  writing_ = true;
  const auto& frame = outbox_.front();
  stream_.text(!frame.binary);
  stream_.async_write(
      asio::buffer(*frame.bytes),
      [self = shared_from_this()](const boost::system::error_code& error, std::size_t) {
        self->writing_ = false;
        if (error) return self->drop("lost");
        const auto size = self->outbox_.front().bytes->size();
        self->open_.events().sent(size);
        self->outbox_bytes_ -= size + kFrameOverheadBytes;
        self->outbox_.pop_front();
        if (!self->outbox_.empty()) return self->write_next();
        if (self->closing_) self->send_close();
      });
}

void BeastWebSocket::close(std::uint16_t code, std::string_view reason) {
  if (closing_ || !dropped_.empty()) return;
  const boost::beast::string_view text(reason.data(), std::min(reason.size(), kCloseTextBytes));
  closing_ = websocket::close_reason(static_cast<websocket::close_code>(code), text);
  close_timer_.expires_after(kCloseTime);
  close_timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error) self->drop("timeout");
  });
  if (!writing_) send_close();
}

void BeastWebSocket::send_close() {
  // How it went, the reading side learns; or close_timer_ ends it.
  stream_.async_close(*closing_, [self = shared_from_this()](const boost::system::error_code&) {});
}

void BeastWebSocket::drop(std::string_view reason) {
  if (dropped_.empty()) dropped_ = reason;
  boost::beast::get_lowest_layer(stream_).close();
}

void BeastWebSocket::finish(std::string_view reason) {
  close_timer_.cancel();
  if (!dropped_.empty()) reason = dropped_;
  dropped_ = reason;
  boost::beast::get_lowest_layer(stream_).close();
  const auto callbacks = std::exchange(callbacks_, {});
  if (callbacks.on_closed) callbacks.on_closed(reason);
}

}  // namespace confab::gateway
