#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "gateway/engineio/payload.hpp"

namespace confab::gateway {

/// Packets that wait for a poll, bounded in bytes.
class PollQueue {
 public:
  /// python-engineio refuses payloads of more packets.
  static constexpr std::size_t kMaxPackets = 16;

  /// False when `max_bytes` would be exceeded; the packet is then not taken.
  [[nodiscard]] bool push(EnginePacket packet, std::size_t max_bytes);

  /// What the next polling answer carries: at most kMaxPackets, and as many as fit in `max_payload`
  /// bytes but one at least. Empty when nothing waits.
  [[nodiscard]] std::vector<EnginePacket> take(PayloadForm form, std::size_t max_payload);

  /// Everything that waits.
  [[nodiscard]] std::deque<EnginePacket> take_all();

  [[nodiscard]] bool empty() const { return packets_.empty(); }
  /// Of the packets, with a charge for each.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::deque<EnginePacket> packets_;
  std::size_t bytes_ = 0;
};

}  // namespace confab::gateway
