#include "gateway/net/http_server.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <deque>

#include "gateway/net/http_connection.hpp"
#include "gateway/net/tcp_listen.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;

void serve(const std::shared_ptr<HttpContext>& context, std::string_view prefix, TcpSocket socket) {
  auto executor = socket.get_executor();
  const auto connection = std::make_shared<HttpConnection>(context, prefix, std::move(socket));
  asio::co_spawn(executor, connection->run(),
                 [connection, context](const std::exception_ptr& error) {
                   if (error) context->events.handler_failed("connection");
                 });
}

void serve_moved(const std::shared_ptr<HttpContext>& context, MovedConnection moved) {
  auto executor = moved.socket.get_executor();
  const auto connection = std::make_shared<HttpConnection>(context, context->keep(moved.prefix),
                                                           std::move(moved.socket));
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

void take(const std::shared_ptr<HttpContext>& context, std::string_view prefix, TcpSocket socket) {
  if (context->stopping) return;
  if (context->open >= context->options.max_connections) {
    turn_away(*context, std::move(socket));
  } else {
    serve(context, prefix, std::move(socket));
  }
}

}  // namespace

struct HttpServer::Listener {
  asio::io_context& io;
  std::deque<TcpAcceptor> acceptors;  ///< One a port.
  std::shared_ptr<HttpContext> context;
};

std::string_view HttpContext::keep(const std::string& prefix) {
  const auto found = std::find(prefixes.begin(), prefixes.end(), prefix);
  return found == prefixes.end() ? prefixes.emplace_back(prefix) : *found;
}

HttpServer::HttpServer(asio::io_context& io, HttpServerOptions options, NetEvents events)
    : listener_(new Listener{io,
                             {},
                             std::make_shared<HttpContext>(HttpContext{
                                 .options = options,
                                 .events = std::move(events),
                                 .cors = Cors(options.allowed_origins),
                                 .routes = {},
                                 .upgrades = {},
                                 .homes = {},
                                 .heeding_no_cookies = {},
                                 .frame_loop = std::make_shared<FrameLoop>(io, options.now),
                                 .prefixes = {},
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

Result<std::uint16_t> HttpServer::start(std::uint16_t port) {
  auto& options = listener_->context->options;
  if (port != 0) options.port = port;
  return listen(options.address, options.port);
}

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port,
                                         const std::string& prefix) {
  const auto& context = listener_->context;
  auto& acceptor = listener_->acceptors.emplace_back(listener_->io);
  auto bound = listen_on(acceptor, address, port, context->options.reuse_port);
  if (!bound) return bound;
  asio::co_spawn(listener_->io,
                 accept_all(
                     acceptor,
                     [context, kept = context->keep(prefix)](TcpSocket socket) {
                       take(context, kept, std::move(socket));
                     },
                     [context] { context->events.accept_failed(); }),
                 [context](const std::exception_ptr& thrown) {
                   if (thrown) context->events.handler_failed("accept");
                 });
  return bound;
}

void HttpServer::stop() {
  listener_->context->stopping = true;
  boost::system::error_code ignored;
  for (auto& acceptor : listener_->acceptors) acceptor.close(ignored);
  for (auto* connection : listener_->context->connections) connection->close_if_idle();
}

std::size_t HttpServer::open_connections() const { return listener_->context->open; }

asio::io_context& HttpServer::io() const { return listener_->io; }

DeadlineWheel& HttpServer::deadlines() const { return listener_->context->frame_loop->deadlines(); }

}  // namespace confab::gateway
