#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace confab::gateway {

/// The Socket.IO packet types, by the digit that stands for them.
enum class SocketPacketType : char {
  connect = '0',
  disconnect = '1',
  event = '2',
  ack = '3',
  connect_error = '4',
  binary_event = '5',
  binary_ack = '6',
};

/// Binary data beyond this many pieces is refused.
inline constexpr std::size_t kMaxAttachments = 10;

/// <type>[<attachments>-][<namespace>,][<id>][<json>]
struct SocketPacket {
  SocketPacketType type = SocketPacketType::connect;
  std::size_t attachments = 0;  ///< That follow as binary messages.
  std::string nsp = "/";
  std::optional<std::uint64_t> id{};
  std::string json{};  ///< Checked; of the kind its type asks for. "" if there is none.
};

/// Parses a packet, or nothing when it breaks a rule: every such case closes the connection.
[[nodiscard]] std::optional<SocketPacket> decode_packet(std::string_view text);

/// The packet with the Engine.IO type digit before it.
[[nodiscard]] std::string encode_packet(const SocketPacket& packet);

}  // namespace confab::gateway
