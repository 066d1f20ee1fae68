#include "gateway/engineio/payload_v3.hpp"

#include "common/base/encoding.hpp"

namespace confab::gateway {
namespace {

constexpr auto kV3 = EngineVersion::v3;
constexpr std::size_t kMaxDigits = 9;

constexpr char kTextPart = 0;
constexpr char kBinaryPart = 1;
constexpr char kLengthEnd = '\xff';

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }
bool leads_four_bytes(char byte) { return static_cast<unsigned char>(byte) >= 0xf0; }

/// Takes the digits and what ends them off the front; `zero` is the digit 0. Nothing when there
/// are none, or too many.
std::optional<std::size_t> take_length(std::string_view& body, char zero, char end) {
  std::size_t length = 0;
  for (std::size_t i = 0; i < body.size() && i <= kMaxDigits; ++i) {
    if (body[i] == end && i > 0) {
      body.remove_prefix(i + 1);
      return length;
    }
    const int digit = body[i] - zero;
    if (digit < 0 || digit > 9) return std::nullopt;
    length = length * 10 + static_cast<std::size_t>(digit);
  }
  return std::nullopt;
}

/// Takes so many UTF-16 units off the front; nothing when they end inside a character, or there are
/// fewer.
std::optional<std::string_view> take_units(std::string_view& body, std::size_t units) {
  std::size_t at = 0;
  while (units > 0) {
    if (at == body.size()) return std::nullopt;
    const std::size_t taken = leads_four_bytes(body[at]) ? 2 : 1;
    if (taken > units) return std::nullopt;
    units -= taken;
    do ++at;
    while (at < body.size() && is_continuation(body[at]));
  }
  const auto text = body.substr(0, at);
  body.remove_prefix(at);
  return text;
}

void append_length_digits(std::string& out, std::size_t length) {
  for (const char digit : std::to_string(length)) out += static_cast<char>(digit - '0');
  out += kLengthEnd;
}

}  // namespace

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char byte : text) {
    units += (is_continuation(byte) ? 0 : 1) + (leads_four_bytes(byte) ? 1 : 0);
  }
  return units;
}

std::optional<PolledPackets> parse_counted(std::string_view body) {
  if (body.empty()) return std::nullopt;
  PolledPackets polled;
  while (!body.empty()) {
    const auto length = take_length(body, '0', ':');
    if (!length) return std::nullopt;
    const auto text = take_units(body, *length);
    if (!text) return std::nullopt;
    // "0:" is how no packet at all is written.
    if (!text->empty() && !add_text(polled, kV3, *text)) return std::nullopt;
  }
  return polled;
}

std::optional<PolledPackets> parse_octets(std::string_view body) {
  if (body.empty()) return std::nullopt;
  PolledPackets polled;
  while (!body.empty()) {
    const char part = body[0];
    body.remove_prefix(1);
    const auto length = take_length(body, 0, kLengthEnd);
    if (!length || *length > body.size()) return std::nullopt;
    const auto bytes = body.substr(0, *length);
    body.remove_prefix(*length);
    if (part == kTextPart) {
      if (!is_utf8(bytes) || !add_text(polled, kV3, bytes)) return std::nullopt;
    } else {
      const auto packet = part == kBinaryPart ? parse_binary(kV3, bytes) : std::nullopt;
      if (!packet) return std::nullopt;
      polled.packets.push_back(*packet);
    }
  }
  return polled;
}

std::string encode_counted(std::span<const EnginePacket> packets) {
  std::string out;
  for (const auto& packet : packets) {
    if (packet.binary) {
      std::string text;
      append_binary_as_text(text, kV3, *packet.bytes);
      out.append(std::to_string(text.size())).append(":").append(text);
    } else {
      out.append(std::to_string(utf16_units(*packet.bytes))).append(":").append(*packet.bytes);
    }
  }
  return out;
}

std::string encode_octets(std::span<const EnginePacket> packets) {
  std::string out;
  for (const auto& packet : packets) {
    out += packet.binary ? kBinaryPart : kTextPart;
    append_length_digits(out, packet.bytes->size() + (packet.binary ? 1 : 0));
    if (packet.binary) {
      append_binary(out, kV3, *packet.bytes);
    } else {
      out += *packet.bytes;
    }
  }
  return out;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <vector>

#include "gateway/engineio/payload_fixture_test.hpp"

namespace confab::gateway {
namespace {

using namespace std::string_literals;
using testing::binary;
using testing::text;

TEST(PayloadV3, CountsUtf16UnitsNotBytes) {
  EXPECT_EQ(utf16_units("aé€"), 3U);
  EXPECT_EQ(utf16_units("😀"), 2U);
  const std::vector<EnginePacket> packets = {text("4€"), text("4😀"), text("4x")};
  EXPECT_EQ(encode_counted(packets), "2:4€3:4😀2:4x");
  const auto polled = parse_payload(kV3, "2:4€3:4😀2:4x");
  ASSERT_TRUE(polled);
  ASSERT_EQ(polled->packets.size(), 3U);
  EXPECT_EQ(polled->packets[0].data, "€");
  EXPECT_EQ(polled->packets[1].data, "😀");
  EXPECT_EQ(polled->packets[2].data, "x");
}

TEST(PayloadV3, CarriesBinaryAsBase64BesideText) {
  const std::vector<EnginePacket> packets = {text("4hello"), binary("\1\2\3\4"), binary("")};
  EXPECT_EQ(encode_counted(packets), "6:4hello10:b4AQIDBA==2:b4");
  const auto polled = parse_payload(kV3, "6:4hello10:b4AQIDBA==2:b4");
  ASSERT_TRUE(polled);
  ASSERT_EQ(polled->packets.size(), 3U);
  EXPECT_EQ(polled->packets[1].data, "\1\2\3\4");
  EXPECT_TRUE(polled->packets[2].binary);
}

TEST(PayloadV3, RefusesMalformedLengths) {
  for (const auto* body : {"",
                           "abc",
                           ":",
                           "4",
                           "6",
                           "6:",
                           "-1:4",
                           "+1:4",
                           "1.5:4",
                           "1 :4",
                           "a:4",
                           "2:4",
                           "7:4hello",
                           "5:4hello",
                           "6:4hello1",
                           "6:4hello1:",
                           "2:4😀",
                           "99999999999999999999:4",
                           "1000000000:4",
                           "1:7",
                           "4:bQID",
                           "3:b4!",
                           "1:4\xff"}) {
    EXPECT_FALSE(parse_payload(kV3, body)) << body;
  }
  EXPECT_TRUE(parse_payload(kV3, "0:")->packets.empty());
  EXPECT_EQ(parse_payload(kV3, "0:1:2")->packets.size(), 1U);
}

TEST(PayloadV3, WritesOctetsWithLengthsInBytes) {
  const std::vector<EnginePacket> packets = {text("4hello"), binary("\1\2\3\4"), text("4€"),
                                             binary("")};
  const auto octets =
      "\0\6\xff"s
      "4hello\1\5\xff\4\1\2\3\4\0\4\xff"
      "4€\1\1\xff\4"s;
  EXPECT_EQ(encode_octets(packets), octets);
  const auto polled = parse_octets(octets);
  ASSERT_TRUE(polled);
  ASSERT_EQ(polled->packets.size(), 4U);
  EXPECT_EQ(polled->packets[0].data, "hello");
  EXPECT_EQ(polled->packets[1].data, "\1\2\3\4");
  EXPECT_EQ(polled->packets[2].data, "€");
  EXPECT_EQ(polled->packets[3].data, "");
  EXPECT_EQ(encode_octets(std::vector{text("4" + std::string(1233, 'x'))}).substr(0, 7),
            "\0\1\2\3\4\xff"s
            "4");
}

TEST(PayloadV3, RefusesMalformedOctets) {
  for (const auto& body : {""s, "\0"s, "\0\xff"s, "\0\1"s, "\0\1\xff"s,
                           "\0\2\xff"
                           "4"s,
                           "\2\1\xff"
                           "4"s,
                           "\0\x0a\xff"
                           "4"s,
                           "\0\1\xff"
                           "7"s,
                           "\1\1\xff"
                           "4"s,
                           "\1\0\xff"s, "\0\0\xff"s,
                           "\0\2\xff"
                           "4\xff"s,
                           "\0\1\xff"
                           "4\1"s,
                           "\0\x09\x09\x09\x09\x09\x09\x09\x09\x09\x09\xff"
                           "4"s}) {
    EXPECT_FALSE(parse_octets(body)) << ::testing::PrintToString(body);
  }
}

TEST(PayloadV3, ChoosesOctetsOnlyForBinaryThatTheClientTakes) {
  const std::vector<EnginePacket> words = {text("4a")};
  const std::vector<EnginePacket> mixed = {text("4a"), binary("b")};
  EXPECT_FALSE(encode_payload({kV3, false}, words).octets);
  EXPECT_EQ(encode_payload({kV3, false}, words).body, "2:4a");
  EXPECT_TRUE(encode_payload({kV3, false}, mixed).octets);
  EXPECT_FALSE(encode_payload({kV3, true}, mixed).octets);
}

}  // namespace
}  // namespace confab::gateway
#endif
