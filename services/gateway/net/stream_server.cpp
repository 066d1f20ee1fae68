#include "gateway/net/stream_server.hpp"

#include <boost/asio/co_spawn.hpp>

#include "gateway/net/tcp_listen.hpp"

namespace confab::gateway {

struct StreamServer::Listener {
  StreamServerOptions options;
  DeadlineWheel& deadlines;
  std::function<void()> refused;
  TcpAcceptor acceptor;
  Opened opened = {};
  /// One copy for each connection that is open.
  std::shared_ptr<void> open = std::make_shared<int>();

  [[nodiscard]] std::size_t count() const { return static_cast<std::size_t>(open.use_count()) - 1; }

  void take(TcpSocket socket) {
    if (count() >= options.max_connections) return refused();
    opened(std::make_shared<StreamSocket>(std::move(socket), deadlines, options.max_outbox_bytes,
                                          open));
  }
};

StreamServer::StreamServer(boost::asio::io_context& io, StreamServerOptions options,
                           DeadlineWheel& deadlines, std::function<void()> refused)
    : listener_(new Listener{std::move(options), deadlines, std::move(refused), TcpAcceptor(io)}) {}

StreamServer::~StreamServer() = default;

Result<std::uint16_t> StreamServer::start(Opened opened, std::uint16_t port) {
  auto& options = listener_->options;
  if (port != 0) options.port = port;
  listener_->opened = std::move(opened);
  auto& acceptor = listener_->acceptor;
  auto bound = listen_on(acceptor, options.address, options.port, options.reuse_port);
  if (!bound) return bound;
  boost::asio::co_spawn(
      acceptor.get_executor(),
      accept_all(acceptor,
                 [listener = listener_](TcpSocket socket) { listener->take(std::move(socket)); }),
      [listener = listener_](const std::exception_ptr&) {});
  return bound;
}

void StreamServer::stop() {
  boost::system::error_code ignored;
  listener_->acceptor.close(ignored);
}

std::size_t StreamServer::open_connections() const { return listener_->count(); }

}  // namespace confab::gateway
