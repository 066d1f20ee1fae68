#include "gateway/dialects/chat_backend/listener_session.hpp"

#include <algorithm>

#include "gateway/dialects/chat_backend/words.hpp"
#include "gateway/dialects/v1/fields.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

/// "" for what is no message any more.
std::string rendered(const LiveEvent& event) {
  const auto message = message_of(*event.entry());
  return message ? render(*message) : std::string();
}

}  // namespace

void ListenerSession::put_out(std::uint64_t room_id) {
  const bool heard = std::any_of(rooms_.begin(), rooms_.end(),
                                 [&](const RoomRef& room) { return room.room_id == room_id; });
  if (heard) leave();
}

/// It may have heard of this before the room's log told.
void ListenerSession::removed(const LiveEvent& event) {
  const auto data = parse_object(event.json());
  if (!data) return;
  Fields fields(*data);
  const auto gid = fields.text("room");
  const bool heard = std::any_of(rooms_.begin(), rooms_.end(),
                                 [&](const RoomRef& room) { return room.gid == gid; });
  if (heard) leave();
}

void TcpSession::say(const LiveEvent& event) {
  const auto& line = event.form(LiveEvent::Form::chat_backend_tcp, [&] {
    auto json = rendered(event);
    if (!json.empty()) json += '\n';
    return std::make_shared<const std::string>(std::move(json));
  });
  if (!line->empty()) socket_->send(line);
}

void SocketIoSession::say(const LiveEvent& event) {
  const auto& packet = event.form(LiveEvent::Form::chat_backend_socketio, [&] {
    const auto json = rendered(event);
    if (json.empty()) return std::make_shared<const std::string>();
    return encode_event("/", "message", json).packet;
  });
  if (!packet->empty()) socket().emit({packet, {}});
}

}  // namespace confab::gateway::dialects::chat_backend
