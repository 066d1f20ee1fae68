#include "gateway/net/http_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <exception>

#include "gateway/net/frame_socket.hpp"
#include "gateway/net/upgrade_answer.hpp"

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
using asio::awaitable;

// GCC 12 miscompiles co_await inside conditions and with braced temporaries as arguments; here both
// always have a name.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);  // errors as values
const HttpRequest kUnparsed;
constexpr std::size_t kFirstReadBytes = 2048;
constexpr std::size_t kDrainBytes = 4 << 20;
constexpr std::chrono::seconds kDrainTime{2};

HttpResponse plain(int status, std::string_view message) {
  return {.status = status,
          .content_type = "text/plain; charset=UTF-8",
          .body = std::string(message),
          .close = true};
}

/// Runs a handler; what it throws is answered 500.
template <typename Answer>
awaitable<Answer> guarded(const std::function<awaitable<Answer>(HttpRequest)>& handler,
                          HttpRequest request, const NetEvents& events) {
  std::string what;
  try {
    co_return co_await handler(std::move(request));
  } catch (const std::exception& error) {
    what = error.what();
  }
  events.handler_failed(what);
  co_return plain(500, "internal error");
}

}  // namespace

HttpConnection::HttpConnection(std::shared_ptr<HttpContext> context, std::string_view prefix,
                               TcpSocket socket)
    : context_(std::move(context)), open_(context_), stream_(std::move(socket)), prefix_(prefix) {
  boost::system::error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  peer_ = stream_.socket().remote_endpoint(ignored).address();
  context_->connections.insert(this);
}

HttpConnection::~HttpConnection() { context_->connections.erase(this); }

void HttpConnection::close_if_idle() {
  if (idle_ && !first_) stream_.close();
}

awaitable<void> HttpConnection::run() {
  for (bool more = true; more; first_ = false) {
    more = co_await serve_request();
  }
}

awaitable<void> HttpConnection::run_moved(RequestHead head, std::string buffer) {
  buffer_ = std::move(buffer);
  idle_ = false;
  const bool more = co_await serve_whole(std::move(head));
  first_ = false;
  if (more) co_await run();
}

awaitable<bool> HttpConnection::serve_request() {
  auto head = co_await read_head();
  if (!head) co_return false;
  head->request.target.insert(0, prefix_);
  head->request.path.insert(0, prefix_);
  const auto& proxies = context_->options.trusted_proxies;
  head->request.remote_address = proxies.client_of(peer_, head->request.headers).to_string();
  if (!head->upgrade) {
    const bool whole = co_await read_body(*head);
    if (!whole) co_return false;
  }
  if (auto* home = home_of(head->request)) {
    move_to(*home, std::move(*head));
    co_return false;
  }
  co_return co_await serve_whole(std::move(*head));
}

awaitable<bool> HttpConnection::serve_whole(RequestHead head) {
  if (head.upgrade) {
    co_await upgrade(std::move(head));
    co_return false;
  }
  // The answer depends on a few of the request's headers, which the handler takes with it.
  const HttpRequest request{.method = head.request.method,
                            .path = head.request.path,
                            .headers = {{"Origin", std::string(head.request.header("Origin"))}}};
  auto response = co_await answer(std::move(head.request));
  if (!response) co_return false;
  co_return co_await write(request, std::move(*response), head.keep_alive);
}

HttpServer* HttpConnection::home_of(const HttpRequest& request) const {
  const auto* home = context_->homes.find(request.path);
  return home == nullptr ? nullptr : (*home)(request);
}

void HttpConnection::move_to(HttpServer& home, RequestHead head) {
  auto socket = stream_.release_socket();
  boost::system::error_code error;
  const auto protocol = socket.local_endpoint(error).protocol();
  const auto descriptor = socket.release(error);
  if (error) return;
  context_->events.moved();
  home.adopt({TcpSocket(home.io(), protocol, descriptor), std::move(head), std::move(buffer_),
              std::string(prefix_)});
}

awaitable<bool> HttpConnection::read_first_bytes() {
  stream_.expires_after(first_ ? context_->options.header_timeout : context_->options.idle_timeout);
  idle_ = true;
  buffer_.resize(std::min(kFirstReadBytes, context_->options.max_header_bytes));
  const auto [error, size] = co_await stream_.async_read_some(asio::buffer(buffer_), kAwait);
  idle_ = false;
  buffer_.resize(size);
  co_return !error;
}

awaitable<std::optional<RequestHead>> HttpConnection::read_head() {
  if (buffer_.empty()) {
    const bool began = co_await read_first_bytes();
    if (!began) co_return std::nullopt;
  }
  stream_.expires_after(context_->options.header_timeout);
  auto limited = asio::dynamic_buffer(buffer_, context_->options.max_header_bytes);
  const auto [error, size] = co_await asio::async_read_until(stream_, limited, "\r\n\r\n", kAwait);
  if (error == asio::error::not_found) {
    co_await refuse(kUnparsed, 431, "header too large", "header_size");
    co_return std::nullopt;
  }
  if (error) {
    if (error == boost::beast::error::timeout) context_->events.refused("timeout");
    co_return std::nullopt;
  }
  auto parsed =
      parse_head(std::string_view(buffer_).substr(0, size), context_->options.max_header_fields);
  buffer_.erase(0, size);
  if (const auto* refused = std::get_if<RefusedHead>(&parsed)) {
    co_await refuse(kUnparsed, refused->status, refused->message, "malformed");
    co_return std::nullopt;
  }
  co_return std::get<RequestHead>(std::move(parsed));
}

awaitable<bool> HttpConnection::read_body(RequestHead& head) {
  if (head.content_length > context_->options.max_body_bytes) {
    co_await refuse(head.request, 413, "body too large", "body_size");
    co_return false;
  }
  auto& body = head.request.body;
  body = buffer_.substr(0, head.content_length);
  buffer_.erase(0, body.size());
  const auto missing = head.content_length - body.size();
  if (missing > 0) {
    stream_.expires_after(context_->options.body_timeout);
    if (head.expects_continue) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
    }
    const auto [error, size] = co_await asio::async_read(stream_, asio::dynamic_buffer(body),
                                                         asio::transfer_exactly(missing), kAwait);
    if (error) co_return false;
  }
  context_->events.received(body.size());
  co_return true;
}

awaitable<std::optional<HttpResponse>> HttpConnection::answer(HttpRequest request) {
  using namespace asio::experimental::awaitable_operators;  // ||
  if (Cors::is_preflight(request)) co_return Cors::preflight_answer(request);
  const auto* route = context_->routes.find(request.path);
  if (route == nullptr) {
    context_->events.refused("no_route");
    co_return plain(404, "not found");
  }
  stream_.expires_never();
  auto handling = guarded(route->handler, std::move(request), context_->events);
  if (route->on_disconnect == OnDisconnect::finish) co_return co_await std::move(handling);
  auto either = std::move(handling) || wait_until_peer_leaves();
  auto outcome = co_await std::move(either);
  if (outcome.index() == 1) co_return std::nullopt;
  co_return std::get<0>(std::move(outcome));
}

awaitable<void> HttpConnection::upgrade(RequestHead head) {
  const auto& request = head.request;
  if (!context_->cors.allows(request.header("Origin"))) {
    co_await refuse(request, 403, "origin not allowed", "origin");
    co_return;
  }
  const auto* handler = context_->upgrades.find(request.path);
  if (handler == nullptr || !buffer_.empty() || head.content_length != 0) {
    co_await refuse(request, 400, "no WebSocket here", "no_route");
    co_return;
  }
  const auto version = request.header("Sec-WebSocket-Version");
  if (!version.empty() && version != "13") {
    context_->events.refused("malformed");
    auto response = plain(426, "only version 13 is spoken here");
    response.headers = {{"Sec-WebSocket-Version", "13"}, {"Upgrade", "websocket"}};
    co_await write(request, std::move(response), false);
    co_return;
  }
  if (version.empty() || !is_websocket_key(request.header("Sec-WebSocket-Key"))) {
    co_await refuse(request, 400, "bad WebSocket handshake", "malformed");
    co_return;
  }
  stream_.expires_never();
  auto decision = co_await guarded(*handler, request, context_->events);
  if (auto* response = std::get_if<HttpResponse>(&decision)) {
    co_await write(request, std::move(*response), false);
    co_return;
  }
  auto& accept = std::get<UpgradeAccept>(decision);
  auto text = upgrade_answer(request.header("Sec-WebSocket-Key"), accept.subprotocol);
  const auto socket = std::make_shared<FrameSocket>(stream_.release_socket(), std::move(*open_),
                                                    accept, std::move(text));
  open_.reset();
  accept.opened(socket);
}

awaitable<bool> HttpConnection::write(const HttpRequest& request, HttpResponse response,
                                      bool keep_alive) {
  keep_alive = keep_alive && !response.close && !context_->stopping;
  const bool heeds_no_cookies = context_->heeding_no_cookies.find(request.path) != nullptr;
  const auto cors = context_->cors.response_headers(request, heeds_no_cookies);
  const auto text = response_text(response, cors, keep_alive, request.method != "HEAD");
  stream_.expires_after(context_->options.write_timeout);
  const auto [error, size] = co_await asio::async_write(stream_, asio::buffer(text), kAwait);
  if (error) co_return false;
  context_->events.sent(response.body.size());
  if (!keep_alive) co_await drain();
  co_return keep_alive && !context_->stopping;  // It may have been stopped during the write.
}

awaitable<void> HttpConnection::refuse(const HttpRequest& request, int status,
                                       std::string_view message, std::string_view reason) {
  context_->events.refused(reason);
  auto response = plain(status, message);
  co_await write(request, std::move(response), false);
}

/// Ends once the peer has closed its side. Data from it, a next request sent early, hides a later
/// close; then it never ends.
awaitable<void> HttpConnection::wait_until_peer_leaves() {
  auto& socket = stream_.socket();
  const auto [error] = co_await socket.async_wait(TcpSocket::wait_read, kAwait);
  if (error) co_return;
  char byte = 0;
  const auto peeked = ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (peeked == 0 || (peeked < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) co_return;
  asio::steady_timer never(socket.get_executor(), asio::steady_timer::time_point::max());
  co_await never.async_wait(kAwait);
}

/// Reads what the peer still sends: closing over unread data would reset the connection and could
/// take the answer from the peer before it has read it.
awaitable<void> HttpConnection::drain() {
  boost::system::error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(kDrainTime);
  std::array<char, 4096> scratch;
  for (std::size_t total = 0; total < kDrainBytes;) {
    const auto [error, size] = co_await stream_.async_read_some(asio::buffer(scratch), kAwait);
    if (error) co_return;
    total += size;
  }
}

}  // namespace confab::gateway
