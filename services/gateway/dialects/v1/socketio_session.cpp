#include "gateway/dialects/v1/socketio_session.hpp"

#include "gateway/dialects/v1/pid.hpp"
#include "gateway/dialects/v1/render.hpp"
#include "gateway/socketio/event_frames.hpp"

namespace confab::gateway::dialects {

std::string SocketIoSession::recovery_id() const {
  return socket().version() == EngineVersion::v4 ? socket().id() : std::string();
}

std::string SocketIoSession::arguments(const LiveEvent& event) const {
  if (!offsets_ || event.entry() == nullptr) return event.json();
  return event.json() + ",\"" + offset_of(*event.entry()) + '"';
}

const SharedBytes& SocketIoSession::packet_of(const LiveEvent& event) const {
  const auto form = offsets_ ? LiveEvent::Form::socketio_offsets : LiveEvent::Form::socketio;
  return event.form(form, [&] { return encode_event("/", event.name(), arguments(event)).packet; });
}

bool SocketIoSession::welcome(std::string_view ticket) {
  socket().accept(ticket);
  return socket().connected();
}

void SocketIoSession::write(const LiveEvent& event) { socket().emit({packet_of(event), {}}); }

bool SocketIoSession::write(const EventBatch& batch) {
  if (socket().takes_frames()) {
    const auto wire = offsets_ ? EventBatch::Wire::socketio_offsets : EventBatch::Wire::socketio;
    return socket().emit_frames(batch.frames(wire, [this](const auto& events) {
      EventFrames frames("/");
      for (const auto& event : events) frames.add(event->name(), arguments(*event));
      return frames.take();
    }));
  }
  std::vector<SharedBytes> packets;
  for (const auto& event : batch.events()) packets.push_back(packet_of(*event));
  return socket().emit_packets(packets);
}

void SocketIoSession::write_answer(std::uint64_t id, std::string_view /*command*/,
                                   const Result<std::string>& outcome) {
  if (!outcome)
    return socket().ack(id, R"([{"ok":false,"error":)" + render(outcome.error()) + "}]");
  // The answer's fields beside "ok".
  const bool empty = *outcome == "{}";
  socket().ack(
      id, R"([{"ok":true)" + (empty ? "" : "," + outcome->substr(1, outcome->size() - 2)) + "}]");
}

}  // namespace confab::gateway::dialects
