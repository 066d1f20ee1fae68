#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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

/// What a client has sent.
struct FrameEvent {
  enum class Kind : std::uint8_t {
    none,    ///< Nothing more before there is more input.
    text,    ///< A whole message; valid UTF-8.
    binary,  ///< A whole message.
    ping,
    pong,
    close,  ///< Nothing may follow; `payload` is the reason, valid UTF-8.
    fault,  ///< A rule was broken; the parser is not to be used any more.
  };
  Kind kind = Kind::none;
  std::uint16_t code = 0;  ///< Of a close (or kNone); of a fault, the code to close with.
  std::string_view payload{};
};

/// Takes a client's frames apart. Between messages it holds nothing: only a frame or message that
/// has come in part takes memory, at most about twice the message limit.
class FrameParser {
 public:
  explicit FrameParser(std::uint32_t max_message_bytes);
  ~FrameParser();
  FrameParser(FrameParser&&) = delete;

  /// The next event; takes what it has used from the front of `input`. Call it until it says
  /// `none`, with which all input has been used. Unmasks in place: payloads point into the input or
  /// into the parser, and hold until the next call.
  [[nodiscard]] FrameEvent next(std::span<char>& input);

  /// Whether nothing has come in part. After the `none` that ends the input.
  [[nodiscard]] bool idle() const { return partial_ == nullptr; }

 private:
  struct Partial;

  [[nodiscard]] FrameEvent next_of_partial(std::span<char>& input);
  [[nodiscard]] FrameEvent begin_payload();
  [[nodiscard]] FrameEvent take_payload(std::span<char>& input);
  [[nodiscard]] FrameEvent finish_message();

  std::unique_ptr<Partial> partial_;
  const std::uint32_t max_message_bytes_;
};

}  // namespace confab::gateway
