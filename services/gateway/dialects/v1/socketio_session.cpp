#include "gateway/dialects/v1/socketio_session.hpp"

#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint16_t kServiceRestart = 1012;
constexpr std::uint16_t kComeBack = 4000;  // docs/protocol.md, "Close codes".

std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::token_expired:
      return "token expired";
    case EndReason::session_revoked:
      return "session revoked";
    case EndReason::draining:
      return "restart";
  }
  return "closed";
}

}  // namespace

void SocketIoSession::emit(const LiveEvent& event) {
  const auto& packet = event.form(LiveEvent::Form::socketio, [&] {
    return encode_event("/", event.name(), event.json()).packet;
  });
  socket_->emit({packet, {}});
}

void SocketIoSession::deliver(const std::shared_ptr<const LiveEvent>& event) {
  if (gone_) return;
  if (open_) return emit(*event);
  if (early_.size() >= kMaxEarly) {
    return socket_->close_transport(kComeBack, "too many events at once");
  }
  early_.push_back(event);
}

bool SocketIoSession::open(std::string_view ticket) {
  socket_->accept(ticket);
  if (!socket_->connected()) return false;
  open_ = true;
  for (const auto& event : std::exchange(early_, {})) emit(*event);
  return true;
}

void SocketIoSession::notice(const UserNotice& notice) { asks_.notice(shared_from_this(), notice); }

void SocketIoSession::look_again() { asks_.look_again(shared_from_this()); }

void SocketIoSession::warn_of_expiry() {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(identity_.expires_at.time_since_epoch())
          .count();
  deliver(std::make_shared<LiveEvent>("session.expiring",
                                      R"({"expires_at":)" + std::to_string(ms) + "}"));
}

/// The transport is closed rather than the namespace left, because only then do clients come back.
void SocketIoSession::end(EndReason reason) {
  socket_->close_transport(reason == EndReason::draining ? kServiceRestart : kComeBack,
                           name_of(reason));
}

void SocketIoSession::answer(std::optional<std::uint64_t> ack_id,
                             const Result<std::string>& outcome) {
  if (!ack_id || gone_) return;
  if (!outcome)
    return socket_->ack(*ack_id, R"([{"ok":false,"error":)" + render(outcome.error()) + "}]");
  // The answer's fields beside "ok".
  const bool empty = *outcome == "{}";
  socket_->ack(*ack_id, R"([{"ok":true)" +
                            (empty ? "" : "," + outcome->substr(1, outcome->size() - 2)) + "}]");
}

}  // namespace confab::gateway::dialects
