#include "gateway/net/frame_parser.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "gateway/net/utf8_validator.hpp"

namespace confab::gateway {
namespace {

using Kind = FrameEvent::Kind;

constexpr std::size_t kMaxHeaderBytes = 14;

struct FrameHeader {
  std::uint64_t length = 0;
  MaskKey key{};
  std::uint8_t size = 0;  ///< Of the header itself.
  Opcode opcode = Opcode::text;
  bool fin = false;
};

enum class Parsed { incomplete, complete, invalid };

bool is_control(Opcode opcode) { return (static_cast<std::uint8_t>(opcode) & 0x08) != 0; }

bool is_known(Opcode opcode) { return opcode <= Opcode::binary || is_control(opcode); }

FrameEvent fault(std::uint16_t code) { return {.kind = Kind::fault, .code = code}; }

FrameEvent protocol_error() { return fault(close_code::kProtocolError); }

std::uint64_t big_endian(const char* at, std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<std::uint8_t>(at[i]);
  return value;
}

/// Whether the first two bytes of a client's header keep the rules.
bool begins_well(std::uint8_t first, std::uint8_t second) {
  const auto opcode = static_cast<Opcode>(first & frame_bits::kOpcode);
  if ((first & frame_bits::kReserved) != 0 || (second & frame_bits::kMasked) == 0) return false;
  if (!is_known(opcode) || opcode > Opcode::pong) return false;
  return !is_control(opcode) ||
         ((first & frame_bits::kFin) != 0 && (second & ~frame_bits::kMasked) <= kMaxControlBytes);
}

Parsed parse_header(std::span<const char> data, FrameHeader& header) {
  if (data.size() < 2) return Parsed::incomplete;
  const auto first = static_cast<std::uint8_t>(data[0]);
  const auto second = static_cast<std::uint8_t>(data[1]);
  if (!begins_well(first, second)) return Parsed::invalid;
  header.fin = (first & frame_bits::kFin) != 0;
  header.opcode = static_cast<Opcode>(first & frame_bits::kOpcode);
  header.length = second & ~frame_bits::kMasked;
  const std::size_t extended = header.length == frame_bits::kLength16   ? 2
                               : header.length == frame_bits::kLength64 ? 8
                                                                        : 0;
  header.size = static_cast<std::uint8_t>(2 + extended + header.key.size());
  if (data.size() < header.size) return Parsed::incomplete;
  if (extended != 0) {
    header.length = big_endian(data.data() + 2, extended);
    const std::uint64_t least = extended == 2 ? frame_bits::kLength16 : 0x10000;
    if (header.length < least || header.length >> 63 != 0) return Parsed::invalid;
  }
  std::memcpy(header.key.data(), data.data() + 2 + extended, header.key.size());
  return Parsed::complete;
}

FrameEvent close_event(std::string_view payload) {
  if (payload.empty()) return {.kind = Kind::close, .code = close_code::kNone};
  if (payload.size() == 1) return protocol_error();
  const auto code = static_cast<std::uint16_t>(big_endian(payload.data(), 2));
  if (!may_be_received(code)) return protocol_error();
  payload.remove_prefix(2);
  Utf8Validator validator;
  if (!validator.feed(payload) || !validator.complete()) return fault(close_code::kBadPayload);
  return {.kind = Kind::close, .code = code, .payload = payload};
}

FrameEvent control_event(Opcode opcode, std::string_view payload) {
  if (opcode == Opcode::close) return close_event(payload);
  return {.kind = opcode == Opcode::ping ? Kind::ping : Kind::pong, .payload = payload};
}

/// The event of a frame that is all there and a message of its own; `payload` is still masked.
FrameEvent whole_frame(const FrameHeader& header, std::span<char> payload) {
  const bool ascii = apply_mask(payload, header.key);
  const std::string_view data(payload.data(), payload.size());
  if (is_control(header.opcode)) return control_event(header.opcode, data);
  if (header.opcode == Opcode::binary) return {.kind = Kind::binary, .payload = data};
  Utf8Validator validator;
  if (!ascii && !(validator.feed(data) && validator.complete())) {
    return fault(close_code::kBadPayload);
  }
  return {.kind = Kind::text, .payload = data};
}

}  // namespace

/// A frame that has come in part, a message of which fragments have come, or both.
struct FrameParser::Partial {
  std::array<char, kMaxHeaderBytes> header_bytes{};
  std::size_t header_size = 0;  ///< Of them, so many have come.
  bool in_payload = false;      ///< `frame` is known; `left` bytes of its payload are to come.
  bool done = false;            ///< What it held has been told.
  FrameHeader frame;
  std::uint64_t left = 0;

  Opcode message_opcode = Opcode::continuation;  ///< text or binary while there is a message.
  std::string message;
  Utf8Validator utf8;

  std::array<char, kMaxControlBytes> control;
  std::size_t control_size = 0;

  [[nodiscard]] bool in_message() const { return message_opcode != Opcode::continuation; }
};

FrameParser::FrameParser(std::uint32_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

FrameParser::~FrameParser() = default;

FrameEvent FrameParser::next(std::span<char>& input) {
  if (partial_ && partial_->done) partial_.reset();
  if (partial_) return next_of_partial(input);
  if (input.empty()) return {};
  FrameHeader header;
  const auto parsed = parse_header(input, header);
  if (parsed == Parsed::invalid) return protocol_error();
  if (parsed == Parsed::complete && header.fin && header.opcode != Opcode::continuation &&
      header.length <= input.size() - header.size) {
    if (header.length > max_message_bytes_ && !is_control(header.opcode)) {
      return fault(close_code::kTooBig);
    }
    const auto payload = input.subspan(header.size, static_cast<std::size_t>(header.length));
    input = input.subspan(header.size + payload.size());
    return whole_frame(header, payload);
  }
  partial_ = std::make_unique<Partial>();
  return next_of_partial(input);
}

FrameEvent FrameParser::next_of_partial(std::span<char>& input) {
  auto& partial = *partial_;
  for (;;) {
    while (!partial.in_payload) {
      if (input.empty()) return {};
      partial.header_bytes[partial.header_size++] = input.front();
      input = input.subspan(1);
      const auto parsed =
          parse_header(std::span(partial.header_bytes).first(partial.header_size), partial.frame);
      if (parsed == Parsed::invalid) return protocol_error();
      if (parsed == Parsed::incomplete) continue;
      if (const auto refused = begin_payload(); refused.kind == Kind::fault) return refused;
    }
    const auto event = take_payload(input);
    if (event.kind != Kind::none || partial.in_payload) return event;
  }
}

/// A fault if the frame may not come now.
FrameEvent FrameParser::begin_payload() {
  auto& partial = *partial_;
  const auto& frame = partial.frame;
  partial.header_size = 0;
  partial.in_payload = true;
  partial.left = frame.length;
  partial.control_size = 0;
  if (is_control(frame.opcode)) return {};
  if ((frame.opcode == Opcode::continuation) != partial.in_message()) return protocol_error();
  if (partial.message.size() + frame.length > max_message_bytes_) {
    return fault(close_code::kTooBig);
  }
  if (!partial.in_message()) partial.message_opcode = frame.opcode;
  return {};
}

/// Takes what there is of the frame's payload. The event, if with it something is whole.
FrameEvent FrameParser::take_payload(std::span<char>& input) {
  auto& partial = *partial_;
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(partial.left, input.size()));
  const auto piece = input.first(size);
  input = input.subspan(size);
  partial.left -= size;
  const bool ascii = apply_mask(piece, partial.frame.key);
  auto& key = partial.frame.key;
  std::rotate(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(size % 4), key.end());
  partial.in_payload = partial.left > 0;
  if (is_control(partial.frame.opcode)) {
    std::copy(piece.begin(), piece.end(), partial.control.begin() + partial.control_size);
    partial.control_size += size;
    if (partial.in_payload) return {};
    partial.done = !partial.in_message();
    return control_event(partial.frame.opcode, {partial.control.data(), partial.control_size});
  }
  const std::string_view data(piece.data(), piece.size());
  if (partial.message_opcode == Opcode::text && !(ascii && partial.utf8.complete()) &&
      !partial.utf8.feed(data)) {
    return fault(close_code::kBadPayload);
  }
  partial.message += data;
  if (partial.in_payload || !partial.frame.fin) return {};
  return finish_message();
}

FrameEvent FrameParser::finish_message() {
  auto& partial = *partial_;
  partial.done = true;
  if (!partial.utf8.complete()) return fault(close_code::kBadPayload);
  return {.kind = partial.message_opcode == Opcode::text ? Kind::text : Kind::binary,
          .payload = partial.message};
}

}  // namespace confab::gateway
