#include "gateway/net/frame_codec.hpp"

#include <algorithm>
#include <cstring>

#include "gateway/net/utf8_validator.hpp"

namespace confab::gateway {
namespace {

using Kind = FrameEvent::Kind;

constexpr std::uint8_t kFin = 0x80;
constexpr std::uint8_t kReservedBits = 0x70;
constexpr std::uint8_t kOpcodeBits = 0x0f;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::uint8_t kLength16 = 126;  ///< The real length follows in two bytes.
constexpr std::uint8_t kLength64 = 127;  ///< In eight.
constexpr std::uint64_t kHighBits = 0x8080808080808080;
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
  const auto opcode = static_cast<Opcode>(first & kOpcodeBits);
  if ((first & kReservedBits) != 0 || (second & kMasked) == 0) return false;
  if (!is_known(opcode) || opcode > Opcode::pong) return false;
  return !is_control(opcode) || ((first & kFin) != 0 && (second & ~kMasked) <= kMaxControlBytes);
}

Parsed parse_header(std::span<const char> data, FrameHeader& header) {
  if (data.size() < 2) return Parsed::incomplete;
  const auto first = static_cast<std::uint8_t>(data[0]);
  const auto second = static_cast<std::uint8_t>(data[1]);
  if (!begins_well(first, second)) return Parsed::invalid;
  header.fin = (first & kFin) != 0;
  header.opcode = static_cast<Opcode>(first & kOpcodeBits);
  header.length = second & ~kMasked;
  const std::size_t extended = header.length == kLength16 ? 2 : header.length == kLength64 ? 8 : 0;
  header.size = static_cast<std::uint8_t>(2 + extended + header.key.size());
  if (data.size() < header.size) return Parsed::incomplete;
  if (extended != 0) {
    header.length = big_endian(data.data() + 2, extended);
    const std::uint64_t least = extended == 2 ? kLength16 : 0x10000;
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

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_frame_header(out, opcode, payload.size());
  out += payload;
}

}  // namespace

// --- Writing -------------------------------------------------------------------------------------

std::size_t put_frame_header(FrameHeaderBytes& out, Opcode opcode, std::uint64_t payload_bytes) {
  out[0] = static_cast<char>(kFin | static_cast<std::uint8_t>(opcode));
  const std::size_t extended = payload_bytes < kLength16 ? 0 : payload_bytes < 0x10000 ? 2 : 8;
  const auto length = extended == 0 ? payload_bytes : extended == 2 ? kLength16 : kLength64;
  out[1] = static_cast<char>(length);
  for (std::size_t i = 0; i < extended; ++i) {
    out[2 + i] = static_cast<char>(payload_bytes >> (8 * (extended - 1 - i)));
  }
  return 2 + extended;
}

void append_frame_header(std::string& out, Opcode opcode, std::uint64_t payload_bytes) {
  FrameHeaderBytes header;
  out.append(header.data(), put_frame_header(header, opcode, payload_bytes));
}

void append_text_frame(std::string& out, std::string_view message) {
  append_frame(out, Opcode::text, message);
}

void append_binary_frame(std::string& out, std::string_view message) {
  append_frame(out, Opcode::binary, message);
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  if (code == close_code::kNone) return append_frame_header(out, Opcode::close, 0);
  auto size = std::min(reason.size(), kMaxCloseReasonBytes);
  // Not between a character's bytes.
  while (size > 0 && size < reason.size() && (reason[size] & 0xc0) == 0x80) --size;
  append_frame_header(out, Opcode::close, 2 + size);
  out += static_cast<char>(code >> 8);
  out += static_cast<char>(code & 0xff);
  out += reason.substr(0, size);
}

bool may_be_received(std::uint16_t close_code) {
  if (close_code >= 3000) return close_code < 5000;
  return (close_code >= 1000 && close_code <= 1003) || (close_code >= 1007 && close_code <= 1014);
}

bool apply_mask(std::span<char> data, const MaskKey& key) {
  std::uint64_t wide = 0;
  std::memcpy(&wide, key.data(), 4);
  std::memcpy(reinterpret_cast<char*>(&wide) + 4, key.data(), 4);
  std::uint64_t seen = 0;
  char* at = data.data();
  std::size_t left = data.size();
  for (std::array<std::uint64_t, 4> block; left >= sizeof block; left -= sizeof block) {
    std::memcpy(&block, at, sizeof block);
    for (auto& word : block) word ^= wide;
    seen |= block[0] | block[1] | block[2] | block[3];
    std::memcpy(at, &block, sizeof block);
    at += sizeof block;
  }
  for (std::uint64_t word = 0; left >= sizeof word; left -= sizeof word) {
    std::memcpy(&word, at, sizeof word);
    word ^= wide;
    seen |= word;
    std::memcpy(at, &word, sizeof word);
    at += sizeof word;
  }
  for (std::size_t i = 0; i < left; ++i) {
    at[i] = static_cast<char>(at[i] ^ key[i % 4]);
    seen |= static_cast<std::uint8_t>(at[i]);
  }
  return (seen & kHighBits) == 0;
}

// --- Reading -------------------------------------------------------------------------------------

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

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <vector>

#include "gateway/net/test_frames.hpp"

namespace confab::gateway {
namespace {

using testing::client_frame;
using testing::client_text;
using testing::ClientFrame;
using testing::close_payload;

constexpr std::uint32_t kLimit = 1000;

/// "text:hello", "fault:1002", ...
std::string told(const FrameEvent& event) {
  const std::string payload(event.payload);
  switch (event.kind) {
    case Kind::none:
      return "none";
    case Kind::text:
      return "text:" + payload;
    case Kind::binary:
      return "binary:" + payload;
    case Kind::ping:
      return "ping:" + payload;
    case Kind::pong:
      return "pong:" + payload;
    case Kind::close:
      return "close:" + std::to_string(event.code) + payload;
    case Kind::fault:
      return "fault:" + std::to_string(event.code);
  }
  return "?";
}

using Events = std::vector<std::string>;

/// Feeds one piece and adds what it told, up to a fault.
bool feed(FrameParser& parser, std::string piece, Events& events) {
  std::span<char> input(piece);
  for (;;) {
    const auto event = parser.next(input);
    if (event.kind == Kind::none) break;
    events.push_back(told(event));
    if (event.kind == Kind::fault) return false;
  }
  EXPECT_TRUE(input.empty());
  return true;
}

Events parse_pieces(const std::vector<std::string>& pieces, std::uint32_t limit = kLimit) {
  FrameParser parser(limit);
  Events events;
  for (const auto& piece : pieces) {
    if (!feed(parser, piece, events)) break;
  }
  return events;
}

/// What the bytes say, whole, byte by byte, and cut in two at every place: always the same.
Events parse(const std::string& bytes, std::uint32_t limit = kLimit) {
  const auto events = parse_pieces({bytes}, limit);
  std::vector<std::string> single;
  for (const char c : bytes) single.emplace_back(1, c);
  EXPECT_EQ(parse_pieces(single, limit), events);
  for (std::size_t i = 1; i < bytes.size(); ++i) {
    EXPECT_EQ(parse_pieces({bytes.substr(0, i), bytes.substr(i)}, limit), events) << "cut at " << i;
  }
  return events;
}

Events parse_frame(const ClientFrame& frame) { return parse(client_frame(frame)); }

const Events kProtocolFault = {"fault:1002"};
const Events kTextFault = {"fault:1007"};
const Events kSizeFault = {"fault:1009"};

TEST(FrameParser, ReadsWholeMessages) {
  EXPECT_EQ(parse(client_text("hello") + client_frame({Opcode::binary, "\xff\xfe"}) +
                  client_text("") + client_text("bye")),
            (Events{"text:hello", "binary:\xff\xfe", "text:", "text:bye"}));
}

TEST(FrameParser, ReadsEveryMaskAndLength) {
  for (const auto* key : {"\x01\x02\x03\x04", "\xff\xff\xff\xff", "\x80\x7f\xaa\x55"}) {
    for (std::size_t size = 0; size < 140; ++size) {
      const std::string text(size, static_cast<char>('a' + size % 26));
      const auto frame = client_frame({.payload = text, .key = key});
      EXPECT_EQ(parse_pieces({frame}), Events{"text:" + text});
      EXPECT_EQ(parse_pieces({frame.substr(0, 5), frame.substr(5)}), Events{"text:" + text});
    }
  }
  using namespace std::string_view_literals;
  EXPECT_EQ(parse_frame({.payload = "zero", .key = "\0\0\0\0"sv}), Events{"text:zero"});
}

TEST(FrameParser, ReadsMessagesOfAllLengthEncodings) {
  for (const std::size_t size : {125U, 126U, 127U, 65'535U, 65'536U, 200'000U}) {
    const std::string data(size, '\x80');
    const auto frame = client_frame({Opcode::binary, data});
    const auto third = frame.size() / 3;
    for (const auto& events :
         {parse_pieces({frame}, 200'000),
          parse_pieces({frame.substr(0, 3), frame.substr(3, third), frame.substr(3 + third)},
                       200'000)}) {
      ASSERT_EQ(events.size(), 1U);
      EXPECT_EQ(events[0], "binary:" + data);
    }
  }
}

TEST(FrameParser, JoinsFragmentsWithControlFramesInBetween) {
  EXPECT_EQ(
      parse(client_frame({Opcode::text, "one ", false}) + client_frame({Opcode::ping, "p"}) +
            client_frame({Opcode::continuation, "", false}) +
            client_frame({Opcode::continuation, "two ", false}) + client_frame({Opcode::pong, ""}) +
            client_frame({Opcode::continuation, "three"}) + client_text("next")),
      (Events{"ping:p", "pong:", "text:one two three", "text:next"}));
  EXPECT_EQ(
      parse(client_frame({Opcode::binary, "", false}) + client_frame({Opcode::continuation, ""})),
      Events{"binary:"});
  EXPECT_EQ(parse(client_frame({Opcode::text, "begun", false}) +
                  client_frame({Opcode::close, close_payload(1001)})),
            Events{"close:1001"});
}

TEST(FrameParser, TakesACharacterCutByFragments) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89z";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    EXPECT_EQ(parse(client_frame({Opcode::text, text.substr(0, i), false}) +
                    client_frame({Opcode::continuation, text.substr(i)})),
              Events{"text:" + text});
  }
}

TEST(FrameParser, RefusesTextThatIsNotUtf8) {
  EXPECT_EQ(parse_frame({.payload = "ab\xff"}), kTextFault);
  EXPECT_EQ(parse_frame({.payload = "0123456789\xed\xa0\x80"}), kTextFault);  // a surrogate
  EXPECT_EQ(parse_frame({.payload = "ends inside \xe2\x82"}), kTextFault);
  EXPECT_EQ(parse(client_frame({Opcode::text, "\xe2", false}) +
                  client_frame({Opcode::continuation, "ascii"})),
            kTextFault);
  EXPECT_EQ(parse(client_frame({Opcode::text, "\xe2", false}) +
                  client_frame({Opcode::continuation, "\x82"})),
            kTextFault);
}

TEST(FrameParser, RefusesBadTextBeforeTheMessageIsWhole) {
  const auto frame = client_frame({.payload = "\xff" + std::string(500, 'a')});
  EXPECT_EQ(parse_pieces({frame.substr(0, 100)}), kTextFault);
}

TEST(FrameParser, RefusesFramesWithoutAMask) {
  for (const auto opcode : {Opcode::text, Opcode::binary, Opcode::ping, Opcode::close}) {
    EXPECT_EQ(parse_frame({.opcode = opcode, .masked = false}), kProtocolFault);
  }
}

TEST(FrameParser, RefusesReservedBitsAndOpcodes) {
  for (const std::uint8_t bits : {1, 2, 4, 7}) {
    EXPECT_EQ(parse_frame({.reserved = bits}), kProtocolFault);
    EXPECT_EQ(parse_frame({.opcode = Opcode::ping, .reserved = bits}), kProtocolFault);
  }
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    EXPECT_EQ(parse_frame({.opcode = static_cast<Opcode>(opcode)}), kProtocolFault) << opcode;
  }
}

TEST(FrameParser, RefusesControlFramesThatAreFragmentedOrLong) {
  const std::string longest(125, 'p');
  const std::string longer(126, 'p');
  for (const auto opcode : {Opcode::close, Opcode::ping, Opcode::pong}) {
    EXPECT_EQ(parse_frame({.opcode = opcode, .fin = false}), kProtocolFault);
    EXPECT_EQ(parse_frame({.opcode = opcode, .payload = longer}), kProtocolFault);
    EXPECT_EQ(parse_frame({.opcode = opcode, .payload = "p", .length_bytes = 2}), kProtocolFault);
  }
  EXPECT_EQ(parse_frame({.opcode = Opcode::ping, .payload = longest}), Events{"ping:" + longest});
}

TEST(FrameParser, RefusesFragmentsOutOfOrder) {
  EXPECT_EQ(parse_frame({.opcode = Opcode::continuation, .payload = "x"}), kProtocolFault);
  EXPECT_EQ(parse_frame({.opcode = Opcode::continuation, .fin = false}), kProtocolFault);
  EXPECT_EQ(parse(client_frame({Opcode::text, "x", false}) + client_text("y")), kProtocolFault);
  EXPECT_EQ(
      parse(client_frame({Opcode::text, "x", false}) + client_frame({Opcode::continuation, "y"}) +
            client_frame({Opcode::continuation, "z"})),
      (Events{"text:xy", "fault:1002"}));
}

TEST(FrameParser, RefusesLengthsThatAreNotTheShortestOrNegative) {
  const std::string medium(300, 'm');
  EXPECT_EQ(parse_frame({.payload = "x", .length_bytes = 2}), kProtocolFault);
  EXPECT_EQ(parse_frame({.payload = "x", .length_bytes = 8}), kProtocolFault);
  EXPECT_EQ(parse_frame({.payload = medium, .length_bytes = 8}), kProtocolFault);
  EXPECT_EQ(parse_frame({.payload = medium}), Events{"text:" + medium});
  EXPECT_EQ(parse("\x81\xff" + std::string(8, '\xff') + "key!"), kProtocolFault);
  EXPECT_EQ(parse("\x81\xff\x80" + std::string(7, '\0') + "key!"), kProtocolFault);
}

TEST(FrameParser, RefusesMessagesAboveTheLimit) {
  const std::string most(kLimit, 'x');
  EXPECT_EQ(parse_frame({.payload = most}), Events{"text:" + most});
  EXPECT_EQ(parse_frame({.payload = most + "x"}), kSizeFault);
  EXPECT_EQ(parse(client_frame({Opcode::text, most.substr(1), false}) +
                  client_frame({Opcode::continuation, "xx"})),
            kSizeFault);
  // Already its header tells.
  EXPECT_EQ(parse("\x81\xff\x7f" + std::string(7, '\xff') + "key!"), kSizeFault);
}

TEST(FrameParser, ReadsCloseFrames) {
  EXPECT_EQ(parse_frame({.opcode = Opcode::close}), Events{"close:1005"});
  EXPECT_EQ(
      parse_frame({.opcode = Opcode::close, .payload = close_payload(1000, "s\xc3\xbc\xc3\x9f")}),
      Events{"close:1000s\xc3\xbc\xc3\x9f"});
  const auto full = close_payload(4000, std::string(123, 'r'));
  EXPECT_EQ(parse_frame({.opcode = Opcode::close, .payload = full})[0].size(), 10 + 123U);
  EXPECT_EQ(parse_frame({.opcode = Opcode::close, .payload = "\x03"}), kProtocolFault);
  EXPECT_EQ(parse_frame({.opcode = Opcode::close, .payload = close_payload(1000, "\xc3")}),
            kTextFault);
  EXPECT_EQ(parse_frame({.opcode = Opcode::close, .payload = close_payload(1000, "a\xff")}),
            kTextFault);
}

TEST(FrameParser, KnowsTheCloseCodesAPeerMaySend) {
  for (int code = 0; code < 0x10000; code += code < 5100 ? 1 : 997) {
    const bool allowed = (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) ||
                         (code >= 3000 && code <= 4999);
    const auto payload = close_payload(static_cast<std::uint16_t>(code));
    EXPECT_EQ(parse_pieces({client_frame({Opcode::close, payload})}),
              allowed ? Events{"close:" + std::to_string(code)} : kProtocolFault);
  }
}

TEST(FrameParser, KeepsNothingBetweenMessages) {
  FrameParser parser(kLimit);
  Events events;
  const auto text = client_text("hello");
  const auto ping = client_frame({Opcode::ping, "p"});
  for (const auto& frame : {text, ping, text}) {
    feed(parser, frame.substr(0, 3), events);
    EXPECT_FALSE(parser.idle());
    feed(parser, frame.substr(3), events);
    EXPECT_TRUE(parser.idle());
    feed(parser, frame, events);
    EXPECT_TRUE(parser.idle());
  }
  feed(parser, client_frame({Opcode::text, "", false}) + ping, events);
  EXPECT_FALSE(parser.idle());
  feed(parser, client_frame({Opcode::continuation, ""}), events);
  EXPECT_TRUE(parser.idle());
}

TEST(FrameParser, ReadsInPlace) {
  FrameParser parser(kLimit);
  auto frame = client_text("hello");
  std::span<char> input(frame);
  EXPECT_EQ(parser.next(input).payload.data(), frame.data() + 6);
}

TEST(ApplyMask, IsTheSameForEveryLengthAndTellsAscii) {
  const MaskKey key{'\x12', '\x34', '\x56', '\x78'};
  for (std::size_t size = 0; size < 100; ++size) {
    for (std::size_t high = 0; high <= size; ++high) {
      std::string plain(size, 'q');
      if (high < size) plain[high] = '\xe9';
      auto masked = plain;
      for (std::size_t i = 0; i < size; ++i) masked[i] = static_cast<char>(masked[i] ^ key[i % 4]);
      EXPECT_EQ(apply_mask(masked, key), high == size);
      EXPECT_EQ(masked, plain);
    }
  }
}

TEST(ServerFrames, AreUnmaskedAndOfTheShortestEncoding) {
  const auto header = [](std::uint64_t size) {
    std::string out;
    append_frame_header(out, Opcode::binary, size);
    return out;
  };
  using namespace std::string_literals;
  EXPECT_EQ(header(0), "\x82\0"s);
  EXPECT_EQ(header(125), "\x82\x7d");
  EXPECT_EQ(header(126), "\x82\x7e\0\x7e"s);
  EXPECT_EQ(header(65'535), "\x82\x7e\xff\xff");
  EXPECT_EQ(header(65'536), "\x82\x7f\0\0\0\0\0\1\0\0"s);
  std::string out;
  append_text_frame(out, "hi");
  append_binary_frame(out, "\xff");
  EXPECT_EQ(out, "\x81\2hi\x82\1\xff"s);
}

TEST(ServerFrames, CutCloseReasonsBetweenCharacters) {
  std::string reason(122, 'r');
  reason += "\xc3\xa9!";
  std::string out;
  append_close_frame(out, 4001, reason);
  EXPECT_EQ(out, "\x88\x7c" + close_payload(4001, std::string(122, 'r')));
  out.clear();
  append_close_frame(out, close_code::kNone, "");
  EXPECT_EQ(out, std::string("\x88\0", 2));
}

}  // namespace
}  // namespace confab::gateway
#endif
