#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "gateway/net/stream_socket.hpp"

namespace confab::gateway {

struct StreamServerOptions {
  std::string address = "0.0.0.0";        ///< IP address to listen on.
  std::uint16_t port = 0;                 ///< 0: any free one, which start() tells.
  bool reuse_port = false;                ///< Share the port with other event loops (SO_REUSEPORT).
  std::size_t max_connections = 100'000;  ///< More are closed at once.
  std::size_t max_outbox_bytes = 4 << 20;  ///< Waiting for one client, then it is cut off.
};

/// Accepts raw TCP connections, on the event loop of `io`. Must live as long as that runs.
class StreamServer {
 public:
  /// To call start() of the socket, or close() it; otherwise it is closed.
  using Opened = std::function<void(const std::shared_ptr<StreamSocket>&)>;

  /// `refused`: one connection was closed because of max_connections.
  StreamServer(
      boost::asio::io_context& io, StreamServerOptions options, DeadlineWheel& deadlines,
      std::function<void()> refused = [] {});
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  /// As HttpServer::start().
  [[nodiscard]] Result<std::uint16_t> start(Opened opened, std::uint16_t port = 0);
  /// Takes no more connections; open ones stay.
  void stop();
  [[nodiscard]] std::size_t open_connections() const;

 private:
  struct Listener;
  std::shared_ptr<Listener> listener_;
};

}  // namespace confab::gateway
