#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/rpc/http2_request.hpp"

namespace google::protobuf {
class MessageLite;
}

namespace confab::rpc {

/// One bidirectional gRPC call on a connection of its own, wholly on an event loop. gRPC's library
/// passes what it does between threads of its own, and for a stream that every message takes their
/// wake-ups cost more than the work (docs/decisions/0014). The other side is any gRPC server: only
/// HTTP/2 (http2_request) and the five bytes before a message are done here. No TLS and no
/// compression.
///
/// Everything happens on the loop's one thread. What is written and not yet sent is kept without a
/// limit: whoever writes waits for is_idle() or `drained` when it wants one.
class BidiCall : public std::enable_shared_from_this<BidiCall> {
 public:
  struct Events {
    /// A message of the other side, not parsed; valid during the callback.
    std::function<void(std::string_view bytes)> message;
    /// What write() could not send at once has been sent; also once when the connection is there.
    std::function<void()> drained;
    /// The call is over, or never came to be. The last callback; not called after close().
    std::function<void(std::string_view why)> ended;
  };

  static constexpr std::chrono::seconds kConnectDeadline{3};
  /// No more often than rpc::Server puts up with.
  static constexpr std::chrono::seconds kPingEvery{12};
  /// A server that says nothing for so long, not even to a ping, is gone.
  static constexpr std::chrono::seconds kSilence{20};

  /// `address` is host:port, `method` is /package.Service/Method.
  BidiCall(boost::asio::io_context& loop, std::string address, const std::string& method,
           Events events);
  ~BidiCall();
  BidiCall(const BidiCall&) = delete;
  BidiCall& operator=(const BidiCall&) = delete;

  /// Connects and begins the call; once.
  void start();

  /// Sends a message, or keeps it until that is possible. Does nothing once the call is over.
  void write(const google::protobuf::MessageLite& message);

  /// Whether nothing that was written waits to be sent.
  [[nodiscard]] bool is_idle() const;

  /// Whether there was a connection, so that the server may have what was written.
  [[nodiscard]] bool reached() const { return reached_; }

  /// Whether the server has said anything. A process that hangs has connections, which the kernel
  /// makes for it, and says nothing.
  [[nodiscard]] bool heard() const { return has_heard_; }

  /// Ends the call; no callback comes after it.
  void close();

 private:
  boost::asio::awaitable<void> run();
  boost::asio::awaitable<std::string> connect();
  boost::asio::awaitable<std::string> converse();
  void end(std::string_view why);
  void hang_up();
  void watch();
  void proceed();
  void pump();
  void wait_until_writable();
  [[nodiscard]] bool take(std::string_view bytes);

  boost::asio::io_context& loop_;
  const std::string address_;
  Events events_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer watchdog_;
  Http2Request http2_;
  std::string sending_;   ///< Frames, for the socket.
  std::size_t sent_ = 0;  ///< Of sending_.
  std::string incoming_;  ///< The beginning of a message.
  bool feeding_ = false;  ///< http2_ is reading and must not be made to write.
  bool waiting_ = false;  ///< For the socket to become writable.
  bool reached_ = false;
  bool has_heard_ = false;
  bool over_ = false;
  std::chrono::steady_clock::time_point heard_{};
};

}  // namespace confab::rpc
