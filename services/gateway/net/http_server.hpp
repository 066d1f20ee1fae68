#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/net/client_address.hpp"
#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/http.hpp"
#include "gateway/net/net_events.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

struct HttpServerOptions {
  std::string address = "0.0.0.0";  ///< IP address to listen on.
  std::uint16_t port = 0;           ///< 0: any free one, which start() tells.
  bool reuse_port = false;          ///< Share the port with other event loops (SO_REUSEPORT).
  std::size_t max_connections = 100'000;
  std::size_t max_header_bytes = 8192;  ///< Request line and headers; more is answered 431.
  std::size_t max_header_fields = 64;
  std::size_t max_body_bytes = 1'000'000;           ///< More is answered 413.
  std::chrono::milliseconds header_timeout{8'000};  ///< From the first byte to the whole header.
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds write_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};  ///< Between two requests of one connection.
  /// Origins that browsers may call from, exact ("https://chat.example"), or "*" for all. Responses
  /// carry CORS headers for them; a WebSocket from any other origin is refused.
  std::vector<std::string> allowed_origins = {"*"};
  DeadlineWheel::Now now = &DeadlineWheel::Clock::now;  ///< For deadlines(); tests bring their own.
  TrustedProxies trusted_proxies = {};
};

/// What happens to a running handler when its client goes away.
enum class OnDisconnect {
  finish,  ///< Nothing; its answer is dropped.
  cancel,  ///< Its coroutine is cancelled (terminal), for handlers that wait for long.
};

class HttpServer;
struct MovedConnection;

/// unavailable when somebody listens there. With reuse_port, start() would not notice it.
[[nodiscard]] Result<> check_free(const std::string& address, std::uint16_t port);

/// The server, on another event loop, that the connection of a request belongs to; null to stay.
using HomeOf = std::function<HttpServer*(const HttpRequest&)>;

/// An HTTP/1.1 server: keep-alive, one request at a time per connection, upgrade to WebSocket. It
/// refuses by itself whatever two parsers could read differently: Transfer-Encoding, repeated or
/// missing Host, folded headers, a body on GET. Answers CORS preflights on every path.
///
/// All of it runs on the one thread that runs `io`, handlers included. Construct, route, start;
/// it must live as long as `io` runs.
class HttpServer {
 public:
  HttpServer(boost::asio::io_context& io, HttpServerOptions options, NetEvents events = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Sends requests at or below the path to `handler`: "/v1" takes "/v1", "/v1/" and "/v1/a" but
  /// not "/v12"; "/" takes everything. The longest prefix wins. 404 where there is none.
  void route(std::string path_prefix, HttpHandler handler,
             OnDisconnect on_disconnect = OnDisconnect::finish);

  /// The same for WebSocket upgrades. An upgrade on a path that has only a route() is answered 400.
  void route_upgrade(std::string path_prefix, UpgradeHandler handler);

  /// A request at or below the path goes to the server that `home` names, and its connection with
  /// it: that server answers this request and what follows on the connection.
  void route_home(std::string path_prefix, HomeOf home);

  /// Takes a connection over from another server. From any thread.
  void adopt(MovedConnection connection);

  /// Says of what is at or below the path that it heeds no cookies, so that browsers may call it
  /// with credentials even where every origin may call: the clients of socket.io 2 always do.
  void allow_credentials(std::string path_prefix);

  /// Binds and accepts, on another port than that of the options if one is given. The port, or
  /// unavailable with the reason ("address already in use").
  [[nodiscard]] Result<std::uint16_t> start(std::uint16_t port = 0);

  /// Closes the listener and idle connections; busy ones close after their answer. WebSockets stay.
  void stop();

  /// Open connections, upgraded ones included.
  [[nodiscard]] std::size_t open_connections() const;

  [[nodiscard]] boost::asio::io_context& io() const;

  /// The deadlines of this event loop, for all that runs on it.
  [[nodiscard]] DeadlineWheel& deadlines() const;

 private:
  struct Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace confab::gateway
