#include "gateway/dialects/v1/plain_session.hpp"

#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {

void send(WebSocket& socket, const PlainWire& wire, std::string message) {
  auto bytes = std::make_shared<const std::string>(std::move(message));
  if (wire.binary()) return socket.send_binary(std::move(bytes));
  socket.send_text(std::move(bytes));
}

bool PlainSession::welcome(std::string_view ticket) {
  if (gone()) return false;
  const auto expiry = std::chrono::duration_cast<std::chrono::milliseconds>(
      identity().expires_at.time_since_epoch());
  auto told = "{" + greeting_ + R"(,"user":)" + render(identity().user) + R"(,"expires_at":)" +
              std::to_string(expiry.count());
  if (!ticket.empty()) told.append(R"(,"ticket":")").append(ticket) += '"';
  answer(hello_id_, "hello", told + "}");
  return true;
}

void PlainSession::write(const LiveEvent& event) { send(*socket_, wire_, wire_.event(event)); }

bool PlainSession::write(const EventBatch& batch) {
  return socket_->send_frames(wire_.frames(batch));
}

void PlainSession::write_answer(std::uint64_t id, std::string_view command,
                                const Result<std::string>& outcome) {
  send(*socket_, wire_, wire_.answer(id, command, outcome));
}

void PlainSession::close(std::uint16_t code, std::string_view reason) {
  socket_->close(code, reason);
}

}  // namespace confab::gateway::dialects
