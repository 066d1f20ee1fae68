#include "gateway/engineio/payload.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"
#include "gateway/engineio/base64.hpp"
#include "gateway/engineio/payload_v3.hpp"

namespace confab::gateway {
namespace {

constexpr char kSeparator = '\x1e';

std::optional<PolledPackets> parse_separated(std::string_view body) {
  PolledPackets polled;
  for (bool more = true; more;) {
    const auto text = body.substr(0, body.find(kSeparator));
    more = text.size() < body.size();
    body.remove_prefix(text.size() + (more ? 1 : 0));
    if (!add_text(polled, EngineVersion::v4, text)) return std::nullopt;
  }
  return polled;
}

std::string encode_separated(std::span<const EnginePacket> packets) {
  std::string out;
  for (const auto& packet : packets) {
    if (!out.empty()) out += kSeparator;
    if (packet.binary) {
      append_binary_as_text(out, EngineVersion::v4, *packet.bytes);
    } else {
      out += *packet.bytes;
    }
  }
  return out;
}

}  // namespace

bool add_text(PolledPackets& polled, EngineVersion version, std::string_view text) {
  std::string decoded;
  auto packet = parse_text(version, text, decoded);
  if (!packet) return false;
  if (packet->binary) {
    polled.decoded.push_back(std::move(decoded));
    packet->data = polled.decoded.back();
  }
  polled.packets.push_back(*packet);
  return true;
}

std::optional<PolledPackets> parse_payload(EngineVersion version, std::string_view body) {
  if (!is_utf8(body)) return std::nullopt;
  return version == EngineVersion::v3 ? parse_counted(body) : parse_separated(body);
}

Payload encode_payload(PayloadForm form, std::span<const EnginePacket> packets) {
  if (form.version == EngineVersion::v4) return {encode_separated(packets), false};
  const bool octets = !form.base64 && std::any_of(packets.begin(), packets.end(),
                                                  [](const auto& packet) { return packet.binary; });
  return {octets ? encode_octets(packets) : encode_counted(packets), octets};
}

std::size_t payload_bytes(PayloadForm form, const EnginePacket& packet) {
  const auto size = packet.bytes->size();
  const auto kept = packet.binary && form.base64 ? 1 + base64_size(size) : size;
  return kept + (form.version == EngineVersion::v4 ? 1 : kMaxLengthBytes);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "gateway/engineio/payload_fixture_test.hpp"

namespace confab::gateway {
namespace {

using testing::binary;
using testing::text;

constexpr auto kV4 = EngineVersion::v4;

TEST(Payload, ParsesTextAndBinaryPacketsInOrder) {
  const auto polled = parse_payload(kV4,
                                    "4hello\x1e"
                                    "bAQIDBA==\x1e"
                                    "3\x1e"
                                    "b");
  ASSERT_TRUE(polled);
  ASSERT_EQ(polled->packets.size(), 4U);
  EXPECT_EQ(polled->packets[0].data, "hello");
  EXPECT_EQ(polled->packets[1].data, "\x01\x02\x03\x04");
  EXPECT_TRUE(polled->packets[1].binary);
  EXPECT_EQ(polled->packets[2].type, PacketType::pong);
  EXPECT_EQ(polled->packets[3].data, "");
}

TEST(Payload, RefusesABodyWithAnyMalformedPacket) {
  for (const auto* body : {"", "abc", "4ok\x1e",
                           "\x1e"
                           "4ok",
                           "4ok\x1e"
                           "7",
                           "b!", "bA", "bAQ=", "4\xff", "bAR=="}) {
    EXPECT_FALSE(parse_payload(kV4, body)) << body;
  }
}

TEST(Payload, JoinsPacketsBySeparators) {
  const std::vector<EnginePacket> packets = {text("4hello"), binary("\x01\x02\x03\x04"), text("2")};
  const auto payload = encode_payload({kV4}, packets);
  EXPECT_EQ(payload.body,
            "4hello\x1e"
            "bAQIDBA==\x1e"
            "2");
  EXPECT_FALSE(payload.octets);
}

TEST(Payload, IsNoLongerThanItsPacketsWereSaidToBe) {
  const std::vector<EnginePacket> packets = {text("4hello"), binary("\x01\x02\x03\x04"),
                                             text("4"),      binary(""),
                                             text("4é😀"),    text("4" + std::string(12345, 'x'))};
  for (const auto version : {EngineVersion::v3, kV4}) {
    for (const bool base64 : {true, false}) {
      if (version == kV4 && !base64) continue;
      const PayloadForm form{version, base64};
      std::size_t sum = 0;
      for (const auto& packet : packets) sum += payload_bytes(form, packet);
      EXPECT_LE(encode_payload(form, packets).body.size(), sum);
    }
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
