#include "gateway/net/frame_parser.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "gateway/net/test_frames.hpp"

namespace confab::gateway {
namespace {

using Kind = FrameEvent::Kind;

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

}  // namespace
}  // namespace confab::gateway
