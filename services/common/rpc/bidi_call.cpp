#include "common/rpc/bidi_call.hpp"

#include <google/protobuf/message_lite.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/endian/conversion.hpp>

#include "common/rpc/server.hpp"

namespace confab::rpc {
namespace {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator||;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPrefixBytes = 5;           // Of a message: compressed or not, its length.
constexpr std::size_t kSendBytes = 128UL * 1024;  // Of frames made before they are sent.
constexpr std::size_t kKeptBytes = 64UL * 1024;   // Of an empty buffer.
constexpr std::size_t kReceiveBytes = 16UL * 1024;

}  // namespace

BidiCall::BidiCall(asio::io_context& loop, std::string address, const std::string& method,
                   Events events)
    : loop_(loop),
      address_(std::move(address)),
      events_(std::move(events)),
      socket_(loop),
      watchdog_(loop),
      http2_(address_, method, [this](std::string_view bytes) { return take(bytes); }) {}

BidiCall::~BidiCall() = default;

void BidiCall::start() {
  asio::co_spawn(loop_, run(), [self = shared_from_this()](const std::exception_ptr& failure) {
    if (failure) self->end("failed");  // Out of memory, or whoever takes the messages.
  });
}

void BidiCall::close() {
  over_ = true;
  hang_up();
}

void BidiCall::hang_up() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  watchdog_.cancel();
}

void BidiCall::end(std::string_view why) {
  if (std::exchange(over_, true)) return;
  hang_up();
  events_.ended(why);
}

bool BidiCall::is_idle() const { return http2_.is_body_taken() && sending_.empty(); }

void BidiCall::write(const google::protobuf::MessageLite& message) {
  if (over_) return;
  const auto size = message.ByteSizeLong();
  auto* const prefix = http2_.extend_body(kPrefixBytes + size);
  *prefix = 0;
  boost::endian::store_big_u32(prefix + 1, static_cast<std::uint32_t>(size));
  message.SerializeWithCachedSizesToArray(prefix + kPrefixBytes);
  pump();
}

asio::awaitable<void> BidiCall::run() {
  const auto self = shared_from_this();
  auto why = co_await connect();
  if (why.empty() && !over_) why = co_await converse();
  end(why);
}

/// Empty when connected, else why not.
asio::awaitable<std::string> BidiCall::connect() {
  const auto colon = address_.rfind(':');
  auto host = address_.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);  // IPv6.
  asio::ip::tcp::resolver resolver(loop_);
  asio::steady_timer deadline(loop_, kConnectDeadline);
  const auto dial = [&]() -> asio::awaitable<std::string> {
    const auto [unresolved, endpoints] =
        co_await resolver.async_resolve(host, address_.substr(colon + 1), kAwait);
    if (unresolved) co_return unresolved.message();
    const auto [unconnected, endpoint] = co_await asio::async_connect(socket_, endpoints, kAwait);
    co_return unconnected ? unconnected.message() : std::string();
  };
  const auto first = co_await (dial() || deadline.async_wait(asio::use_awaitable));
  if (first.index() == 1) co_return std::string("no connection in time");
  co_return std::get<0>(first);
}

/// Until the call is over; why it is.
asio::awaitable<std::string> BidiCall::converse() {
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
  reached_ = true;
  heard_ = std::chrono::steady_clock::now();
  watch();
  pump();
  if (is_idle() && !over_) events_.drained();
  std::array<char, kReceiveBytes> buffer{};
  while (!over_) {
    const auto [error, size] = co_await socket_.async_read_some(asio::buffer(buffer), kAwait);
    if (error) break;
    has_heard_ = true;
    heard_ = std::chrono::steady_clock::now();
    feeding_ = true;
    const bool goes_on = http2_.feed({buffer.data(), size});
    feeding_ = false;
    if (!goes_on) co_return http2_.why();
    proceed();
    if (!http2_.goes_on()) co_return std::string("broken HTTP/2");
  }
  co_return std::string("connection lost");
}

/// Hands on the messages that are complete; false when there is no going on.
bool BidiCall::take(std::string_view bytes) {
  const bool continues = !incoming_.empty();
  if (continues) bytes = incoming_.append(bytes);
  while (bytes.size() >= kPrefixBytes && !over_) {
    const auto* const prefix = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const auto size = boost::endian::load_big_u32(prefix + 1);
    if (*prefix != 0 || size > static_cast<std::uint32_t>(kMaxMessageBytes)) {
      http2_.set_why("a message that is compressed or too large");
      return false;
    }
    if (bytes.size() < kPrefixBytes + size) break;
    events_.message(bytes.substr(kPrefixBytes, size));
    bytes.remove_prefix(kPrefixBytes + size);
  }
  if (continues) {
    incoming_.erase(0, incoming_.size() - bytes.size());
  } else {
    incoming_ = bytes;
  }
  return !over_;
}

void BidiCall::proceed() {
  const bool was_idle = is_idle();
  pump();
  if (!was_idle && is_idle() && !over_) events_.drained();
}

/// Sends what there is as far as the socket takes it.
void BidiCall::pump() {
  if (!reached_ || feeding_ || waiting_ || over_) return;
  for (;;) {
    http2_.take_frames(sending_, kSendBytes);
    if (sending_.empty()) return;
    boost::system::error_code error;
    const auto rest = asio::buffer(sending_) + sent_;
    sent_ += socket_.write_some(rest, error);
    if (error == asio::error::would_block) return wait_until_writable();
    if (error) return hang_up();  // The reading side says so.
    if (sent_ < sending_.size()) continue;
    sent_ = 0;
    sending_.clear();
    if (sending_.capacity() > kKeptBytes) sending_.shrink_to_fit();
  }
}

void BidiCall::wait_until_writable() {
  waiting_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->waiting_ = false;
                       if (!error) self->proceed();
                     });
}

void BidiCall::watch() {
  watchdog_.expires_after(kPingEvery);
  watchdog_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || self->over_) return;
    if (std::chrono::steady_clock::now() - self->heard_ > kSilence) return self->hang_up();
    self->http2_.ping();
    self->pump();
    self->watch();
  });
}

}  // namespace confab::rpc
