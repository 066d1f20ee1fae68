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
  const auto now = server_.deadlines().now();
  probe_.reset(new Probe{std::move(socket), now + server_.options().upgrade_timeout,
                         Deadline<&EngineSession::on_probe_time>(*this)});
  server_.deadlines().set(probe_->time, now + kNoopInterval);
  probe_->socket->start(shared_from_this());
}

void EngineSession::receive_probe(std::string_view frame) {
  if (frame == "2probe" && !probe_->answered) {
    probe_->answered = true;
    probe_->socket->send_text(bytes("3probe"));
    return wake_poll();
  }
  if (frame == "5" && probe_->answered) return complete_upgrade();
  drop_probe();
}

void EngineSession::complete_upgrade() {
  socket_ = std::move(probe_->socket);
  probe_.reset();
  transport_ = Transport::websocket;
  server_.session_upgraded(*this);
  for (auto& packet : polling().queue.take_all()) send_packet(std::move(packet));
  wake_poll();
  tell_drained();
  free_polling();
}

void EngineSession::on_probe_time() {
  const auto now = server_.deadlines().now();
  if (now >= probe_->deadline) return drop_probe();
  if (probe_->answered) wake_poll();
  server_.deadlines().set(probe_->time, now + kNoopInterval);
}

/// Gives the upgrade up; the session stays on polling.
void EngineSession::drop_probe() {
  if (const auto probe = std::exchange(probe_, nullptr)) probe->socket->close(1000, {});
}

}  // namespace confab::gateway
