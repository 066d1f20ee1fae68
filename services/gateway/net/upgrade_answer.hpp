#pragma once

#include <string>
#include <string_view>

namespace confab::gateway {

/// Whether a Sec-WebSocket-Key is 16 bytes in base64.
[[nodiscard]] bool is_websocket_key(std::string_view key);

/// The Sec-WebSocket-Accept that belongs to the key (RFC 6455 section 4.2.2).
[[nodiscard]] std::string websocket_accept(std::string_view key);

/// The answer that turns the connection into a WebSocket; without a subprotocol when it is "".
[[nodiscard]] std::string upgrade_answer(std::string_view key, std::string_view subprotocol);

}  // namespace confab::gateway
