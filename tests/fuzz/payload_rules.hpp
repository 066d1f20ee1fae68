#pragma once

// What holds for every polling body, of both versions.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/engineio/payload.hpp"
#include "input.hpp"

namespace confab::fuzz {

inline std::vector<gateway::EnginePacket> to_send(const gateway::PolledPackets& polled) {
  std::vector<gateway::EnginePacket> packets;
  for (const auto& packet : polled.packets) {
    std::string bytes(packet.data);
    if (!packet.binary) bytes.insert(bytes.begin(), static_cast<char>(packet.type));
    packets.push_back({std::make_shared<const std::string>(std::move(bytes)), packet.binary});
  }
  return packets;
}

inline void require_same(const gateway::PolledPackets& one, const gateway::PolledPackets& other) {
  require(one.packets.size() == other.packets.size());
  for (std::size_t i = 0; i < one.packets.size(); ++i) {
    require(one.packets[i].type == other.packets[i].type);
    require(one.packets[i].data == other.packets[i].data);
    require(one.packets[i].binary == other.packets[i].binary);
  }
}

/// What was read is the same after it was written and read again.
inline void require_round_trip(const std::optional<gateway::PolledPackets>& polled,
                               gateway::PayloadForm form) {
  if (!polled || polled->packets.empty()) return;
  const auto payload = gateway::encode_payload(form, to_send(*polled));
  const auto again = payload.octets ? gateway::parse_octets(payload.body)
                                    : gateway::parse_payload(form.version, payload.body);
  require(again.has_value());
  require_same(*polled, *again);
}

}  // namespace confab::fuzz
