#include "gateway/engineio/answers.hpp"

#include "gateway/engineio/session.hpp"

namespace confab::gateway {
namespace {

/// The texts of the reference server, which clients show and people search for.
std::string_view message_of(EngineError error) {
  switch (error) {
    case EngineError::unknown_transport:
      return "Transport unknown";
    case EngineError::unknown_session:
      return "Session ID unknown";
    case EngineError::bad_method:
      return "Bad handshake method";
    case EngineError::bad_request:
      return "Bad request";
    case EngineError::unsupported_protocol:
      return "Unsupported protocol version";
  }
  return {};
}

}  // namespace

HttpResponse error_answer(EngineError error) {
  auto body = R"({"code":)" + std::to_string(static_cast<int>(error)) + R"(,"message":")";
  body.append(message_of(error)).append("\"}");
  return {.status = 400, .content_type = "application/json", .body = std::move(body)};
}

HttpResponse upgrade_error_answer(EngineError error) {
  return {.status = 400,
          .content_type = "text/html",
          .body = std::string(message_of(error)),
          .close = true};
}

std::string_view refusal_reason(EngineError error) {
  switch (error) {
    case EngineError::unknown_transport:
      return "transport";
    case EngineError::unknown_session:
      return "session_id";
    case EngineError::bad_method:
      return "method";
    case EngineError::bad_request:
      return "request";
    case EngineError::unsupported_protocol:
      return "protocol_version";
  }
  return {};
}

std::string open_packet(const EngineSession& session, std::string_view sid,
                        const EngineOptions& options) {
  const auto* upgrades = session.transport() == Transport::polling ? R"(["websocket"])" : "[]";
  return R"(0{"sid":")" + std::string(sid) + R"(","upgrades":)" + upgrades + R"(,"pingInterval":)" +
         std::to_string(options.ping_interval.count()) + R"(,"pingTimeout":)" +
         std::to_string(options.ping_timeout.count()) + R"(,"maxPayload":)" +
         std::to_string(options.max_payload) + "}";
}

}  // namespace confab::gateway
