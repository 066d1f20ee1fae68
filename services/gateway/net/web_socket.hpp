#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "gateway/net/http.hpp"

namespace confab::gateway {

/// Bytes shared by all who send them.
using SharedBytes = std::shared_ptr<const std::string>;

/// What a WebSocket tells its owner, always from the event loop and never from inside a call to
/// the WebSocket. The first two may be left empty: such messages are then ignored.
struct WebSocketCallbacks {
  std::function<void(std::string_view message)> on_text;  ///< Valid UTF-8.
  std::function<void(std::string_view message)> on_binary;
  /// Last of all, once. `reason` is one of: "closed" (either side, with a close frame), "aborted",
  /// "overflow", "too_big", "protocol", "timeout", "lost".
  std::function<void(std::string_view reason)> on_closed;
};

/// An open WebSocket. Lives on the event loop's thread. The connection itself keeps it alive until
/// on_closed, so an owner may hold it weakly or not at all.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// Hands over the callbacks and begins to read. Called once, before anything else.
  virtual void start(WebSocketCallbacks callbacks) = 0;

  /// Queue one message. When more than the outbox limit waits, the client is too slow to keep: the
  /// connection is dropped, and nothing else of it is sent. After a close they do nothing.
  virtual void send_text(SharedBytes message) = 0;
  virtual void send_binary(SharedBytes message) = 0;

  /// Sends what is queued, then a close frame. A peer that does not take part is dropped after 5 s.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  /// Drops the connection at once.
  virtual void abort() = 0;

  /// Bytes queued and not yet taken by the kernel.
  [[nodiscard]] virtual std::size_t outbox_bytes() const = 0;
};

/// How an accepted upgrade goes on.
struct UpgradeAccept {
  /// Called once the handshake is done. Must call start() of what it gets.
  std::function<void(std::shared_ptr<WebSocket>)> opened;
  std::string subprotocol;  ///< The one chosen of those offered; "": none.
  std::size_t max_message_bytes = 64 * 1024;
  std::size_t max_outbox_bytes = 1 << 20;
  /// Silence after which the peer is pinged, and dropped when it stays silent as long again. 0:
  /// never.
  std::chrono::milliseconds keep_alive{0};
};

/// Refuses an upgrade with a response, or accepts it.
using UpgradeDecision = std::variant<HttpResponse, UpgradeAccept>;
using UpgradeHandler = std::function<boost::asio::awaitable<UpgradeDecision>(HttpRequest)>;

}  // namespace confab::gateway
