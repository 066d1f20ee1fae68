#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/http_connection.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

/// A WebSocket on Beast. One coroutine reads; writes follow one another by completion handlers.
/// Both hold the object, so it lives until the connection has ended.
class BeastWebSocket final : public WebSocket, public std::enable_shared_from_this<BeastWebSocket> {
 public:
  BeastWebSocket(boost::beast::tcp_stream stream, const UpgradeAccept& limits, OpenConnection open);

  /// Answers the upgrade request; false when the peer left.
  [[nodiscard]] boost::asio::awaitable<bool> handshake(
      const boost::beast::http::request<boost::beast::http::empty_body>& request,
      const std::string& subprotocol);

  void start(WebSocketCallbacks callbacks) override;
  void send_text(SharedBytes message) override { send({std::move(message), false}); }
  void send_binary(SharedBytes message) override { send({std::move(message), true}); }
  void close(std::uint16_t code, std::string_view reason) override;
  void abort() override { drop("aborted"); }
  [[nodiscard]] std::size_t outbox_bytes() const override { return outbox_bytes_; }

 private:
  struct Frame {
    SharedBytes bytes;
    bool binary;
  };

  /// The reason for on_closed.
  boost::asio::awaitable<std::string_view> read_frames();
  void deliver(std::string_view message);
  void send(Frame frame);
  void write_next();
  void send_close();
  void drop(std::string_view reason);
  void finish(std::string_view reason);

  boost::beast::websocket::stream<boost::beast::tcp_stream> stream_;
  OpenConnection open_;
  const std::size_t max_outbox_bytes_;
  WebSocketCallbacks callbacks_;
  boost::beast::flat_buffer buffer_;
  std::deque<Frame> outbox_;  ///< The first is being written when `writing_`.
  std::size_t outbox_bytes_ = 0;
  bool writing_ = false;
  std::optional<boost::beast::websocket::close_reason> closing_;
  boost::asio::steady_timer close_timer_;
  std::string_view dropped_;  ///< Why this side dropped the connection; "" if it did not.
};

}  // namespace confab::gateway
