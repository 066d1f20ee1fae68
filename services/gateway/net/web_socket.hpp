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
#include "gateway/net/shared_bytes.hpp"

namespace confab::gateway {

class WebSocket;

/// What a WebSocket tells its owner: always from the event loop, and never from inside a call to
/// the WebSocket. What the first three throw closes the connection with 1011.
class WebSocketListener {
 public:
  virtual ~WebSocketListener() = default;

  /// Valid UTF-8. The message is only there during the call; it may be in a buffer shared by all.
  virtual void on_text(WebSocket& socket, std::string_view message) = 0;
  virtual void on_binary(WebSocket& socket, std::string_view message) = 0;

  /// The outbox is empty again, after send_frames() was refused.
  virtual void on_drained(WebSocket& socket) { static_cast<void>(socket); }

  /// Last of all, once. `reason` is one of: "closed" (either side, with a close frame), "aborted",
  /// "overflow", "too_big", "protocol", "timeout", "lost".
  virtual void on_closed(WebSocket& socket, std::string_view reason) = 0;
};

/// An open WebSocket. Lives on the event loop's thread. The connection itself keeps it alive until
/// on_closed, so an owner may hold it weakly or not at all.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  /// Begins to read. Called once, before anything else. The listener is kept until on_closed; it
  /// may be null, then messages are ignored.
  virtual void start(std::shared_ptr<WebSocketListener> listener) = 0;

  /// Queue one message. When more than the outbox limit waits, the client is too slow to keep: the
  /// connection is dropped, and nothing else of it is sent. After a close they do nothing.
  ///
  /// All that is queued in one turn of the event loop leaves with one system call at its end.
  virtual void send_text(SharedBytes message) = 0;
  virtual void send_binary(SharedBytes message) = 0;

  /// Queues whole frames, as append_text_frame() makes them, that many sockets share. False, and
  /// nothing is queued, when more than the backlog limit of such frames waits already: the client
  /// reads slowly, and on_drained() tells when it has caught up. True after a close; nothing is
  /// queued then either.
  [[nodiscard]] virtual bool send_frames(const SharedBytes& frames) = 0;

  /// Stops or goes on reading, so that the client's TCP is held up instead of memory filled. What
  /// one read has brought already is delivered all the same: at most 64 KiB, or one message.
  virtual void set_reading(bool reading) = 0;

  /// Sends what is queued, then a close frame. A peer that does not take part is dropped after 5 s.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

  /// Drops the connection at once.
  virtual void abort() = 0;

  /// Bytes queued and not yet taken by the kernel, with 32 more for each message.
  [[nodiscard]] virtual std::size_t outbox_bytes() const = 0;
};

/// How an accepted upgrade goes on.
struct UpgradeAccept {
  /// Called once the handshake is done. Must call start() of what it gets.
  std::function<void(std::shared_ptr<WebSocket>)> opened;
  std::string subprotocol;  ///< The one chosen of those offered; "": none.
  std::size_t max_message_bytes = 64 * 1024;
  std::size_t max_outbox_bytes = 1 << 20;      ///< Of send_text() and send_binary().
  std::size_t max_backlog_bytes = 256 * 1024;  ///< Of send_frames().
  /// Silence after which the peer is pinged, and dropped when it stays silent as long again. 0:
  /// never.
  std::chrono::milliseconds keep_alive{0};
};

/// Refuses an upgrade with a response, or accepts it.
using UpgradeDecision = std::variant<HttpResponse, UpgradeAccept>;
using UpgradeHandler = std::function<boost::asio::awaitable<UpgradeDecision>(HttpRequest)>;

}  // namespace confab::gateway
