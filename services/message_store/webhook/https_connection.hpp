#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "message_store/webhook/https_client.hpp"

namespace confab::message_store {

/// One connection of an HttpsClient. Lives on its loop.
class HttpsConnection {
 public:
  using Request = boost::beast::http::request<boost::beast::http::string_body>;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;
  template <typename T>
  using Awaitable = boost::asio::awaitable<T>;

  HttpsConnection(boost::asio::io_context& loop, boost::asio::ssl::context& tls,
                  const HttpTarget& target);

  /// Looks the name up, connects and shakes hands. What went wrong, or an empty text.
  [[nodiscard]] Awaitable<std::string> open();

  /// Writes the request and reads the header of the answer; status 0 when that fails.
  [[nodiscard]] Awaitable<HttpAnswer> exchange(const Request& request);
  /// Reads what is left of the answer. Whether the connection can be used again.
  [[nodiscard]] Awaitable<bool> drain();

  /// What is under way fails.
  void close() { tcp().close(); }

  std::chrono::steady_clock::time_point idle_since;

 private:
  using TcpStream = boost::beast::tcp_stream;
  using TlsStream = boost::asio::ssl::stream<TcpStream>;

  [[nodiscard]] TcpStream& tcp() { return secure_ ? secure_->next_layer() : *plain_; }
  [[nodiscard]] Awaitable<std::string> shake_hands();
  [[nodiscard]] Awaitable<std::string> write(const Request& request);
  [[nodiscard]] Awaitable<std::string> read_header();

  const HttpTarget& target_;
  boost::asio::io_context& loop_;
  std::optional<TcpStream> plain_;
  std::optional<TlsStream> secure_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
};

}  // namespace confab::message_store
