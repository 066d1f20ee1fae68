#include "ctl/verify/wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "ctl/verify/stream.hpp"

namespace confab::ctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr std::size_t kMostMessage = 16UL << 20U;

template <typename Stream>
class WireOf final : public Wire {
 public:
  template <typename... Arguments>
  explicit WireOf(Network& network, Arguments&... arguments)
      : Wire(network), socket_(network.loop, arguments...) {}

  Task<boost::system::error_code> connect(Network& network, const Door& door, std::string path) {
    const auto failed = co_await dial(network, door, socket_.next_layer());
    if (failed) co_return failed;
    beast::get_lowest_layer(socket_).expires_never();  // The WebSocket has its own times.
    socket_.set_option(websocket::stream_base::timeout::suggested(beast::role_type::client));
    socket_.read_message_max(kMostMessage);
    const auto [refused] = co_await socket_.async_handshake(door.authority(), path, kAwait);
    co_return refused;
  }

  void cut() override { beast::get_lowest_layer(socket_).close(); }

 private:
  Task<Result<std::string>> read() override {
    const auto [error, size] = co_await socket_.async_read(buffer_, kAwait);
    if (error) co_return Error{ErrorCode::unavailable, error.message()};
    auto message = beast::buffers_to_string(buffer_.data());
    buffer_.consume(buffer_.size());
    co_return message;
  }

  Task<bool> write(const std::string& message) override {
    const auto [error, size] = co_await socket_.async_write(asio::buffer(message), kAwait);
    co_return !error;
  }

  websocket::stream<Stream> socket_;
  beast::flat_buffer buffer_;
};

template <typename Stream, typename... Arguments>
Task<Result<std::shared_ptr<Wire>>> open_as(Network& network, const Door& door, std::string path,
                                            Arguments&... arguments) {
  const auto wire = std::make_shared<WireOf<Stream>>(network, arguments...);
  const auto failed = co_await wire->connect(network, door, std::move(path));
  if (failed) co_return unreachable(door, failed);
  co_return std::shared_ptr<Wire>(wire);
}

}  // namespace

Task<Result<std::shared_ptr<Wire>>> Wire::open(Network& network, const Door& door,
                                               const std::string& path) {
  if (door.tls) return open_as<TlsStream>(network, door, door.prefix + path, network.tls);
  return open_as<PlainStream>(network, door, door.prefix + path);
}

void Wire::begin(Events events) {
  events_ = std::move(events);
  asio::co_spawn(network_.loop, read_on(),
                 [self = shared_from_this()](const std::exception_ptr& failure) {
                   if (failure) self->end("a message that cannot be read");
                 });
}

Task<> Wire::read_on() {
  for (;;) {
    auto message = co_await read();
    if (!message) {
      end(message.error().message);
      co_return;
    }
    if (!events_.message) co_return;
    events_.message(*message);
  }
}

void Wire::send(std::string message) {
  outgoing_.push_back(std::move(message));
  if (std::exchange(is_writing_, true)) return;
  asio::co_spawn(network_.loop, write_on(),
                 [self = shared_from_this()](const std::exception_ptr& failure) {
                   if (failure) self->cut();
                 });
}

Task<> Wire::write_on() {
  while (!outgoing_.empty()) {
    const auto message = std::move(outgoing_.front());
    outgoing_.pop_front();
    const bool sent = co_await write(message);
    if (!sent) {
      cut();  // The reading side says so.
      co_return;
    }
  }
  is_writing_ = false;
}

void Wire::end(std::string why) {
  cut();
  const auto events = std::exchange(events_, {});
  if (events.closed) events.closed(std::move(why));
}

}  // namespace confab::ctl
