#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/engineio/packet.hpp"

namespace confab::gateway {

/// The packets of a polling body, in order.
struct PolledPackets {
  std::vector<PacketView> packets;
  std::deque<std::string> decoded;  ///< Owns the bytes of binary packets in base64.
};

/// The packets of a body of text: separated by 0x1e, or in version 3 each after its length in
/// UTF-16 units and a colon. Nothing when any of them is malformed.
[[nodiscard]] std::optional<PolledPackets> parse_payload(EngineVersion version,
                                                         std::string_view body);

/// The packets of version 3's other form, application/octet-stream: 0 for text or 1 for binary, the
/// decimal digits of the length in bytes as bytes 0 to 9, 0xff, and the packet.
[[nodiscard]] std::optional<PolledPackets> parse_octets(std::string_view body);

/// How one client polls.
struct PayloadForm {
  EngineVersion version = EngineVersion::v4;
  bool base64 = true;  ///< It takes no octets; with version 4 nobody does.
};

struct Payload {
  std::string body;
  bool octets = false;  ///< As parse_octets() reads it.
};

/// At least one packet.
[[nodiscard]] Payload encode_payload(PayloadForm form, std::span<const EnginePacket> packets);

/// What a packet adds to a payload, in bytes; for version 3 up to a few more.
[[nodiscard]] std::size_t payload_bytes(PayloadForm form, const EnginePacket& packet);

}  // namespace confab::gateway
