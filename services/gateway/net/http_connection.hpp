#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "gateway/net/cors.hpp"
#include "gateway/net/frame_loop.hpp"
#include "gateway/net/http_codec.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/route_table.hpp"
#include "gateway/net/tcp.hpp"

namespace confab::gateway {

class HttpConnection;

struct HttpRoute {
  HttpHandler handler;
  OnDisconnect on_disconnect;
};

/// A connection on its way to another event loop, with the request that it has read.
struct MovedConnection {
  TcpSocket socket;  ///< Of the event loop it goes to.
  RequestHead head;
  std::string buffer;  ///< Read, and not part of the request.
  std::string prefix;  ///< Of the port it came to.
};

/// What the connections of one server share.
struct HttpContext {
  HttpServerOptions options;
  NetEvents events;
  Cors cors;
  RouteTable<HttpRoute> routes;
  RouteTable<UpgradeHandler> upgrades;
  RouteTable<HomeOf> homes;
  RouteTable<bool> heeding_no_cookies;
  std::shared_ptr<FrameLoop> frame_loop;
  std::deque<std::string> prefixes;                 ///< Of the ports; see HttpServer::listen().
  std::unordered_set<HttpConnection*> connections;  ///< Those that speak HTTP.
  std::size_t open = 0;                             ///< All, WebSockets included.
  bool stopping = false;

  /// The prefix as it is kept here, for as long as this is.
  [[nodiscard]] std::string_view keep(const std::string& prefix);
};

/// Counts a connection as open for as long as it lives.
class OpenConnection {
 public:
  explicit OpenConnection(std::shared_ptr<HttpContext> context) : context_(std::move(context)) {
    ++context_->open;
  }
  OpenConnection(OpenConnection&& other) = default;
  OpenConnection& operator=(OpenConnection&&) = delete;
  ~OpenConnection() {
    if (context_) --context_->open;
  }

  [[nodiscard]] const NetEvents& events() const { return context_->events; }
  [[nodiscard]] FrameLoop& loop() const { return *context_->frame_loop; }

 private:
  std::shared_ptr<HttpContext> context_;
};

/// One client's connection until it closes or becomes a WebSocket.
class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  /// `prefix`: one that the context keeps.
  HttpConnection(std::shared_ptr<HttpContext> context, std::string_view prefix, TcpSocket socket);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Answers requests until the connection ends.
  [[nodiscard]] boost::asio::awaitable<void> run();

  /// The same, after the request that another event loop has read.
  [[nodiscard]] boost::asio::awaitable<void> run_moved(RequestHead head, std::string buffer);

  /// Closes the connection if it waits between two requests.
  void close_if_idle();

 private:
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  /// False when the connection is to end.
  Awaitable<bool> serve_request();
  Awaitable<bool> serve_whole(RequestHead head);
  /// Nothing when the peer left or was refused.
  Awaitable<std::optional<RequestHead>> read_head();
  Awaitable<bool> read_first_bytes();
  Awaitable<bool> read_body(RequestHead& head);
  /// Nothing when the peer left before the answer was there.
  Awaitable<std::optional<HttpResponse>> answer(HttpRequest request);
  /// Null when the request is to be answered here.
  [[nodiscard]] HttpServer* home_of(const HttpRequest& request) const;
  void move_to(HttpServer& home, RequestHead head);
  Awaitable<void> upgrade(RequestHead head);
  Awaitable<bool> write(const HttpRequest& request, HttpResponse response, bool keep_alive);
  Awaitable<void> refuse(const HttpRequest& request, int status, std::string_view message,
                         std::string_view reason);
  Awaitable<void> wait_until_peer_leaves();
  Awaitable<void> drain();

  std::shared_ptr<HttpContext> context_;
  std::optional<OpenConnection> open_;  ///< Moves on to the WebSocket.
  TcpStream stream_;
  boost::asio::ip::address peer_;
  const std::string_view prefix_;  ///< What every path here stands below.
  std::string buffer_;             ///< Read, and not yet part of a request.
  bool idle_ = true;
  bool first_ = true;  ///< No request has been answered yet.
};

}  // namespace confab::gateway
