#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "gateway/net/frame_codec.hpp"

namespace confab::gateway {

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
