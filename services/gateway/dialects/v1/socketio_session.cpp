#include "gateway/dialects/v1/socketio_session.hpp"

#include "gateway/dialects/v1/render.hpp"
#include "gateway/socketio/event_frames.hpp"

namespace confab::gateway::dialects {
namespace {

const SharedBytes& packet_of(const LiveEvent& event) {
  return event.form(LiveEvent::Form::socketio,
                    [&] { return encode_event("/", event.name(), event.json()).packet; });
}

}  // namespace

bool SocketIoSession::welcome(std::string_view ticket) {
  socket_->accept(ticket);
  return socket_->connected();
}

void SocketIoSession::write(const LiveEvent& event) { socket_->emit({packet_of(event), {}}); }

bool SocketIoSession::write(const EventBatch& batch) {
  if (socket_->takes_frames()) {
    return socket_->emit_frames(batch.frames(EventBatch::Wire::socketio, [](const auto& events) {
      EventFrames frames("/");
      for (const auto& event : events) frames.add(event->name(), event->json());
      return frames.take();
    }));
  }
  std::vector<SharedBytes> packets;
  for (const auto& event : batch.events()) packets.push_back(packet_of(*event));
  return socket_->emit_packets(packets);
}

void SocketIoSession::write_answer(std::uint64_t id, std::string_view /*command*/,
                                   const Result<std::string>& outcome) {
  if (!outcome)
    return socket_->ack(id, R"([{"ok":false,"error":)" + render(outcome.error()) + "}]");
  // The answer's fields beside "ok".
  const bool empty = *outcome == "{}";
  socket_->ack(
      id, R"([{"ok":true)" + (empty ? "" : "," + outcome->substr(1, outcome->size() - 2)) + "}]");
}

/// The transport is closed rather than the namespace left, because only then do clients come back.
void SocketIoSession::close(std::uint16_t code, std::string_view reason) {
  socket_->close_transport(code, reason);
}

}  // namespace confab::gateway::dialects
