#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "confab/gateway/v1/gateway.grpc.pb.h"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

/// A client's WebSocket whose session another gateway has: this end holds the socket. What the
/// client says goes up the call, frames for it come down, and neither is read faster than it is
/// taken at the other end. gRPC's threads enter by the On… methods and post to the event loop,
/// where all the rest happens; the call keeps itself until it is over.
class RelayCaller final : public grpc::ClientBidiReactor<v1::RelayUp, v1::RelayDown>,
                          public WebSocketListener,
                          public std::enable_shared_from_this<RelayCaller> {
 public:
  using Stub = v1::Gateway::Stub;

  /// What may wait for the other gateway before the client is read no further.
  static constexpr std::size_t kMaxWaitingBytes = 64 * 1024;
  /// For the other gateway to end the call, once the socket is gone.
  static constexpr std::chrono::seconds kEnding{10};
  static constexpr std::chrono::milliseconds kAnswers{1000};

  RelayCaller(boost::asio::io_context& io, std::shared_ptr<Stub> stub,
              std::function<void(int change)> sockets);

  /// Begins, once. What the other gateway decides about the upgrade; nothing when it does not
  /// within `deadline`.
  [[nodiscard]] boost::asio::awaitable<std::optional<UpgradeDecision>> open(
      v1::RelayUp opening, std::chrono::milliseconds deadline);

  /// This gateway ends: the client says no more, is given kAnswers for what it has asked for, and
  /// is closed so that it comes back to another.
  void leave();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  void on_text(WebSocket& /*socket*/, std::string_view message) override { take(message, false); }
  void on_binary(WebSocket& /*socket*/, std::string_view message) override { take(message, true); }
  void on_drained(WebSocket& socket) override;
  void on_closed(WebSocket& socket, std::string_view reason) override;

  void attach(std::shared_ptr<WebSocket> socket);
  void take(std::string_view message, bool binary);
  void write();
  void write_next();
  void on_written();
  void read();
  void on_down(v1::RelayDown down);
  void send_down();
  void on_over();
  void abandon();
  void release();

  boost::asio::io_context& io_;
  const std::shared_ptr<Stub> stub_;
  const std::function<void(int)> sockets_;
  grpc::ClientContext context_;
  std::shared_ptr<RelayCaller> self_;
  bool held_ = false;  ///< gRPC keeps the call for operations begun by the loop.
  bool over_ = false;

  v1::RelayUp outgoing_;  ///< Being written.
  v1::RelayUp waiting_;   ///< To be written next.
  std::size_t waiting_bytes_ = 0;
  bool writing_ = false;
  bool reading_held_ = false;  ///< The client is not read, until something is written.
  bool leaving_ = false;

  v1::RelayDown incoming_;
  bool reading_ = false;
  SharedBytes undelivered_;  ///< Frames that the client is too slow for; the call is not read on.

  std::optional<v1::RelayDown> decision_;
  boost::asio::steady_timer timer_;  ///< Of the decision, and in the end of the ending.
  std::shared_ptr<WebSocket> socket_;
};

}  // namespace confab::gateway
