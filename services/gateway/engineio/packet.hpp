#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/net/shared_bytes.hpp"

namespace confab::gateway {

/// The protocol versions, by what clients give as EIO. They differ in who pings, and in the forms
/// of binary packets and of polling bodies.
enum class EngineVersion : std::uint8_t { v3 = 3, v4 = 4 };

/// The Engine.IO packet types, by the digit that stands for them.
enum class PacketType : char {
  open = '0',
  close = '1',
  ping = '2',
  pong = '3',
  message = '4',
  upgrade = '5',
  noop = '6',
};

/// A packet received. `data` points into what was parsed, or for base64 into what was decoded.
struct PacketView {
  PacketType type = PacketType::noop;
  std::string_view data;
  bool binary = false;
};

/// A packet to send: text with its type digit, or the bytes of a binary message.
struct EnginePacket {
  SharedBytes bytes;
  bool binary = false;
};

/// A packet without data.
[[nodiscard]] EnginePacket packet_of(PacketType type);

/// The packet in a text frame, or in a text part of a polling body; nothing when it begins with no
/// type. The bytes of a binary message in base64 go to `decoded`, and must outlive the packet.
[[nodiscard]] std::optional<PacketView> parse_text(EngineVersion version, std::string_view text,
                                                   std::string& decoded);

/// The message in a binary frame; nothing when version 3's type byte is missing.
[[nodiscard]] std::optional<PacketView> parse_binary(EngineVersion version, std::string_view bytes);

/// Append a binary message as parse_text() and parse_binary() read it.
void append_binary_as_text(std::string& out, EngineVersion version, std::string_view bytes);
void append_binary(std::string& out, EngineVersion version, std::string_view bytes);

}  // namespace confab::gateway
