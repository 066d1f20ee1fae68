#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "gateway/socketio/event.hpp"
#include "gateway/socketio/packet.hpp"

namespace confab::gateway {

/// The event in an event or binary_event packet, without its attachments. Nothing when it has no
/// name or a reserved one.
[[nodiscard]] std::optional<IncomingEvent> parse_event(const SocketPacket& packet);

/// Whether each placeholder in the arguments, at whatever depth, stands for one of so many
/// attachments.
[[nodiscard]] bool placeholders_fit(std::string_view args_json, std::size_t attachments);

}  // namespace confab::gateway
