#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace confab::load {

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// A WebSocket frame as a server sends it: never masked.
struct Frame {
  Opcode opcode = Opcode::text;
  bool fin = true;
  std::string_view payload;  ///< Into the bytes it was read from.
};

/// Takes the first frame off `bytes`; nothing while it is not complete.
[[nodiscard]] std::optional<Frame> take_frame(std::string_view& bytes);

/// Appends a client's frame: masked, as RFC 6455 asks of clients.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

}  // namespace confab::load
