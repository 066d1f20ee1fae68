#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/socketio/event.hpp"
#include "gateway/socketio/packet.hpp"

namespace confab::gateway {

/// The event in an event or binary_event packet, without its attachments. Nothing when it has no
/// name or a reserved one.
[[nodiscard]] std::optional<IncomingEvent> parse_event(const SocketPacket& packet);

/// Adds the binary data; false when a placeholder stands for none of it.
[[nodiscard]] bool attach(IncomingEvent& event, std::vector<std::string> attachments);

}  // namespace confab::gateway
