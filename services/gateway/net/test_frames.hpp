#pragma once

// Test support: the frames of a WebSocket client, right or wrong.

#include <cstdint>
#include <string>
#include <string_view>

#include "gateway/net/frame_codec.hpp"

namespace confab::gateway::testing {

struct ClientFrame {
  Opcode opcode = Opcode::text;
  std::string_view payload = {};
  bool fin = true;
  bool masked = true;
  std::uint8_t reserved = 0;  ///< The three RSV bits.
  int length_bytes = -1;      ///< 0, 2 or 8 for that encoding of the length; -1: the shortest.
  std::string_view key = "\x37\xfa\x21\x3d";
};

inline std::string client_frame(const ClientFrame& frame) {
  const auto size = frame.payload.size();
  const int shortest = size < 126 ? 0 : size < 0x10000 ? 2 : 8;
  const int extended = frame.length_bytes < 0 ? shortest : frame.length_bytes;
  std::string out;
  out += static_cast<char>((frame.fin ? 0x80 : 0) | frame.reserved << 4 |
                           static_cast<std::uint8_t>(frame.opcode));
  const auto length = extended == 0 ? size : extended == 2 ? 126 : 127;
  out += static_cast<char>((frame.masked ? 0x80 : 0) | length);
  for (int i = extended - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
  if (frame.masked) out += frame.key;
  for (std::size_t i = 0; i < size; ++i) {
    out += static_cast<char>(frame.masked ? frame.payload[i] ^ frame.key[i % 4] : frame.payload[i]);
  }
  return out;
}

inline std::string client_text(std::string_view text) { return client_frame({.payload = text}); }

/// A close frame's payload.
inline std::string close_payload(std::uint16_t code, std::string_view reason = {}) {
  std::string out{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return out.append(reason);
}

}  // namespace confab::gateway::testing
