#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

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

/// A packet received. `data` points into what was parsed, or for base64 into `decoded`.
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

/// The packet in a text frame, or nothing when it does not begin with a type digit.
[[nodiscard]] std::optional<PacketView> parse_packet(std::string_view text);

/// The packets of a polling body, in order.
struct PolledPackets {
  std::vector<PacketView> packets;
  std::deque<std::string> decoded;  ///< Owns the bytes of binary packets.
};

/// Parses packets separated by 0x1e. Nothing when any of them is malformed.
[[nodiscard]] std::optional<PolledPackets> parse_payload(std::string_view body);

/// Packets that wait for a poll, bounded in bytes.
class PollQueue {
 public:
  /// python-engineio refuses payloads of more packets.
  static constexpr std::size_t kMaxPackets = 16;

  /// False when `max_bytes` would be exceeded; the packet is then not taken.
  [[nodiscard]] bool push(EnginePacket packet, std::size_t max_bytes);

  /// The next polling answer: at most kMaxPackets, and as many as fit in `max_payload` bytes but
  /// one at least. "" when nothing waits.
  [[nodiscard]] std::string take_payload(std::size_t max_payload);

  /// Everything that waits.
  [[nodiscard]] std::deque<EnginePacket> take_all();

  [[nodiscard]] bool empty() const { return packets_.empty(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::deque<EnginePacket> packets_;
  std::size_t bytes_ = 0;
};

}  // namespace confab::gateway
