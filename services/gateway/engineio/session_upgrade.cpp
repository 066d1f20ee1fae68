// The upgrade of an EngineSession from polling to WebSocket. The client opens a WebSocket and says
// "2probe" on it; the server answers "3probe". The client then lets its last poll end, for which
// the server keeps answering polls with a noop, and says "5": from there on the WebSocket carries
// the session. Until the "5" messages go on travelling by polling, so none is lost or reordered.
#include <utility>

#include "gateway/engineio/server.hpp"
#include "gateway/engineio/session.hpp"

namespace confab::gateway {
namespace {

/// A single noop can cross with the answer of another poll, and the upgrade would wait for a ping.
constexpr std::chrono::milliseconds kNoopInterval{100};

SharedBytes bytes(std::string_view text) { return std::make_shared<const std::string>(text); }

}  // namespace

void EngineSession::probe(std::shared_ptr<WebSocket> socket) {
  if (closed_ || probe_ || transport_ == Transport::websocket) {
    socket->start(nullptr);
    return socket->close(1000, {});
  }
  probe_ = std::move(socket);
  probe_answered_ = false;
  probe_deadline_ = std::chrono::steady_clock::now() + server_.options().upgrade_timeout;
  probe_->start(shared_from_this());
  arm_probe_timer();
}

void EngineSession::receive_probe(std::string_view frame) {
  if (frame == "2probe" && !probe_answered_) {
    probe_answered_ = true;
    probe_->send_text(bytes("3probe"));
    return wake_poll();
  }
  if (frame == "5" && probe_answered_) return complete_upgrade();
  drop_probe();
}

void EngineSession::complete_upgrade() {
  probe_timer_.cancel();
  socket_ = std::exchange(probe_, nullptr);
  transport_ = Transport::websocket;
  server_.session_upgraded();
  for (auto& packet : queue_.take_all()) send_packet(std::move(packet));
  wake_poll();
}

void EngineSession::arm_probe_timer() {
  probe_timer_.expires_after(kNoopInterval);
  probe_timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (error || !self || !self->probe_) return;
    if (std::chrono::steady_clock::now() >= self->probe_deadline_) return self->drop_probe();
    if (self->probe_answered_) self->wake_poll();
    self->arm_probe_timer();
  });
}

/// Gives the upgrade up; the session stays on polling.
void EngineSession::drop_probe() {
  probe_timer_.cancel();
  if (const auto socket = std::exchange(probe_, nullptr)) socket->close(1000, {});
}

}  // namespace confab::gateway
