#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace confab::gateway {

/// The frames of RFC 6455, seen from the server: it reads masked frames and writes unmasked ones.
/// Nothing here knows a socket.

enum class Opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

/// The close codes that this server sends of its own accord, and the one that stands for none.
namespace close_code {
inline constexpr std::uint16_t kProtocolError = 1002;
inline constexpr std::uint16_t kNone = 1005;
inline constexpr std::uint16_t kBadPayload = 1007;
inline constexpr std::uint16_t kTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
}  // namespace close_code

/// Of a frame's first two bytes, and what the second says of a length that follows.
namespace frame_bits {
inline constexpr std::uint8_t kFin = 0x80;
inline constexpr std::uint8_t kReserved = 0x70;
inline constexpr std::uint8_t kOpcode = 0x0f;
inline constexpr std::uint8_t kMasked = 0x80;
inline constexpr std::uint8_t kLength16 = 126;  ///< The real length follows in two bytes.
inline constexpr std::uint8_t kLength64 = 127;  ///< In eight.
}  // namespace frame_bits

inline constexpr std::size_t kMaxControlBytes = 125;
/// The room a close frame has for its reason.
inline constexpr std::size_t kMaxCloseReasonBytes = kMaxControlBytes - 2;

/// A server's header has at most 10 bytes.
using FrameHeaderBytes = std::array<char, 10>;

/// The header of an unfragmented server frame into `out`; its size.
std::size_t put_frame_header(FrameHeaderBytes& out, Opcode opcode, std::uint64_t payload_bytes);

void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_bytes);

/// Append a whole frame, as WebSocket::send_frames() takes them: made once for many sockets.
void append_text_frame(std::string& out, std::string_view message);
void append_binary_frame(std::string& out, std::string_view message);

/// `code` kNone makes an empty close frame. A reason that is too long is cut between characters.
void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason);

/// Whether a peer may send it in a close frame.
[[nodiscard]] bool may_be_received(std::uint16_t close_code);

using MaskKey = std::array<char, 4>;

/// Masks or unmasks `data` in place, beginning with the key's first byte; whether all of the result
/// is ASCII.
bool apply_mask(std::span<char> data, const MaskKey& key);

}  // namespace confab::gateway
