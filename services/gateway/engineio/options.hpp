#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "gateway/net/http.hpp"

namespace confab::gateway {

enum class Transport : std::uint8_t { polling, websocket };

/// "polling", "websocket".
[[nodiscard]] std::string_view transport_name(Transport transport);

struct EngineOptions {
  std::string path = "/socket.io/";
  std::chrono::milliseconds ping_interval{25'000};
  /// From a ping to its pong. Clients of version 3 ping, within ping_interval + ping_timeout.
  std::chrono::milliseconds ping_timeout{20'000};
  std::chrono::milliseconds upgrade_timeout{10'000};  ///< For the whole probe of a WebSocket.
  std::size_t max_payload =
      1'000'000;  ///< Bytes of one message or one polling body, as told to clients.
  std::size_t max_outbox_bytes = 4 << 20;  ///< Waiting for one client; when exceeded it is cut off.
  std::size_t max_backlog_bytes = 256 * 1024;  ///< Of that, what many share; see send_shared().
  std::size_t max_sessions = 100'000;          ///< More are refused with 503.
  /// Asked before a session is opened.
  ConnectionGuard guard = [](const HttpRequest&) { return std::shared_ptr<void>(); };
};

/// What the server reports to whoever counts; called on the event loop, and must not call back.
struct EngineEvents {
  /// `reason` is one of: "transport", "session_id", "method", "request", "protocol_version",
  /// "overloaded", "draining", "guard".
  std::function<void(std::string_view reason)> handshake_refused = [](std::string_view) {};
  std::function<void(Transport)> session_opened = [](Transport) {};
  std::function<void()> session_upgraded = [] {};  ///< From polling to websocket.
  /// `reason` as in EngineHandler::on_close.
  std::function<void(Transport, std::string_view reason)> session_closed = [](Transport,
                                                                              std::string_view) {};
};

}  // namespace confab::gateway
