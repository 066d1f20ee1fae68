#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/net/http_server.hpp"

namespace confab::gateway {

/// Port: the other event loops and processes that hold sessions of the same clients. A session is
/// held by one; requests for it may reach any. `sid` is what a client has sent as such, unchecked.
/// Event loop only.
class SessionRouter {
 public:
  virtual ~SessionRouter() = default;

  /// What follows a session's id in the sid that its client is told: tells every router, and nobody
  /// else, where the session is. May be empty; then only this event loop finds the session.
  [[nodiscard]] virtual std::string owner_mark(std::string_view session_id) = 0;

  /// The server of another event loop of this process that the sid names; null if it names none.
  [[nodiscard]] virtual HttpServer* sibling(std::string_view sid) = 0;

  /// Has the request answered by the process that the sid names, waiting as long as a poll may
  /// wait; cancelling cancels it there. Nothing when the sid names no other process, or that one
  /// does not answer: the session is as good as gone.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<HttpResponse>> forward(
      std::string sid, HttpRequest request) = 0;

  /// The same for an upgrade. The WebSocket that follows is relayed frame by frame.
  [[nodiscard]] virtual boost::asio::awaitable<std::optional<UpgradeDecision>> forward_upgrade(
      std::string sid, HttpRequest request) = 0;
};

}  // namespace confab::gateway
