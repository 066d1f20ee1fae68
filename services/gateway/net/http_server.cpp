#include "gateway/net/http_server.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <vector>

#include "gateway/net/http_connection.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
/// Pause when accepting fails, mostly for want of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{50};

Error cannot(std::string_view what, const boost::system::error_code& error) {
  return {ErrorCode::unavailable, std::string(what) + ": " + error.message()};
}

void serve(const std::shared_ptr<HttpContext>& context, TcpSocket socket) {
  auto executor = socket.get_executor();
  const auto connection = std::make_shared<HttpConnection>(context, std::move(socket));
  asio::co_spawn(executor, connection->run(),
                 [connection, context](const std::exception_ptr& error) {
                   if (error) context->events.handler_failed("connection");
                 });
}

void serve_moved(const std::shared_ptr<HttpContext>& context, MovedConnection moved) {
  auto executor = moved.socket.get_executor();
  const auto connection = std::make_shared<HttpConnection>(context, std::move(moved.socket));
  asio::co_spawn(executor, connection->run_moved(std::move(moved.head), std::move(moved.buffer)),
                 [connection, context](const std::exception_ptr& error) {
                   if (error) context->events.handler_failed("connection");
                 });
}

/// Turns a connection away without spending more than one system call on it.
void turn_away(const HttpContext& context, TcpSocket socket) {
  constexpr std::string_view kAnswer =
      "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  ::send(socket.native_handle(), kAnswer.data(), kAnswer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  context.events.refused("connections");
}

void listen_on(TcpAcceptor& acceptor, const tcp::endpoint& endpoint, bool reuse_port,
               boost::system::error_code& error) {
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  const int on = 1;
  if (!error && reuse_port &&
      ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
}

asio::awaitable<void> accept_all(TcpAcceptor& acceptor, std::shared_ptr<HttpContext> context) {
  asio::steady_timer pause(acceptor.get_executor());
  while (!context->stopping) {
    auto [error, socket] = co_await acceptor.async_accept(kAwait);
    if (error) {
      if (context->stopping) co_return;
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAwait);
    } else if (context->open >= context->options.max_connections) {
      turn_away(*context, std::move(socket));
    } else {
      serve(context, std::move(socket));
    }
  }
}

}  // namespace

struct HttpServer::Listener {
  asio::io_context& io;
  TcpAcceptor acceptor;
  std::shared_ptr<HttpContext> context;
};

HttpServer::HttpServer(asio::io_context& io, HttpServerOptions options, NetEvents events)
    : listener_(new Listener{io, TcpAcceptor(io),
                             std::make_shared<HttpContext>(HttpContext{
                                 .options = options,
                                 .events = std::move(events),
                                 .cors = Cors(options.allowed_origins),
                                 .routes = {},
                                 .upgrades = {},
                                 .homes = {},
                                 .heeding_no_cookies = {},
                                 .frame_loop = std::make_shared<FrameLoop>(io, options.now),
                                 .connections = {}})}) {}

HttpServer::~HttpServer() = default;

void HttpServer::route(std::string path_prefix, HttpHandler handler, OnDisconnect on_disconnect) {
  listener_->context->routes.add(std::move(path_prefix), {std::move(handler), on_disconnect});
}

void HttpServer::route_upgrade(std::string path_prefix, UpgradeHandler handler) {
  listener_->context->upgrades.add(std::move(path_prefix), std::move(handler));
}

void HttpServer::allow_credentials(std::string path_prefix) {
  listener_->context->heeding_no_cookies.add(std::move(path_prefix), true);
}

void HttpServer::route_home(std::string path_prefix, HomeOf home) {
  listener_->context->homes.add(std::move(path_prefix), std::move(home));
}

void HttpServer::adopt(MovedConnection connection) {
  asio::post(listener_->io,
             [context = listener_->context, moved = std::move(connection)]() mutable {
               serve_moved(context, std::move(moved));
             });
}

Result<> check_free(const std::string& address, std::uint16_t port) {
  boost::system::error_code error;
  const auto host = asio::ip::make_address(address, error);
  if (error) return cannot("listen address " + address, error);
  asio::io_context io;
  TcpAcceptor acceptor(io);
  listen_on(acceptor, tcp::endpoint(host, port), false, error);
  if (error) return cannot("listen on " + address + ":" + std::to_string(port), error);
  return {};
}

Result<std::uint16_t> HttpServer::start(std::uint16_t port) {
  auto& options = listener_->context->options;
  if (port != 0) options.port = port;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) return cannot("listen address " + options.address, error);
  auto& acceptor = listener_->acceptor;
  listen_on(acceptor, tcp::endpoint(address, options.port), options.reuse_port, error);
  if (error) {
    return cannot("listen on " + options.address + ":" + std::to_string(options.port), error);
  }
  asio::co_spawn(listener_->io, accept_all(acceptor, listener_->context),
                 [context = listener_->context](const std::exception_ptr& thrown) {
                   if (thrown) context->events.handler_failed("accept");
                 });
  return acceptor.local_endpoint(error).port();
}

void HttpServer::stop() {
  listener_->context->stopping = true;
  boost::system::error_code ignored;
  listener_->acceptor.close(ignored);
  for (auto* connection : listener_->context->connections) connection->close_if_idle();
}

std::size_t HttpServer::open_connections() const { return listener_->context->open; }

asio::io_context& HttpServer::io() const { return listener_->io; }

DeadlineWheel& HttpServer::deadlines() const { return listener_->context->frame_loop->deadlines(); }

}  // namespace confab::gateway
