#include "gateway/engineio/payload.hpp"

#include "common/base/encoding.hpp"
#include "gateway/engineio/base64.hpp"

namespace confab::gateway {
namespace {

constexpr char kSeparator = '\x1e';

/// Bytes a packet takes in a payload, its separator included.
std::size_t payload_bytes(const EnginePacket& packet) {
  return packet.binary ? 2 + base64_size(packet.bytes->size()) : 1 + packet.bytes->size();
}

}  // namespace

std::optional<PacketView> parse_packet(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  return PacketView{static_cast<PacketType>(text[0]), text.substr(1), false};
}

std::optional<PolledPackets> parse_payload(std::string_view body) {
  if (!is_utf8(body)) return std::nullopt;
  PolledPackets polled;
  for (bool more = true; more;) {
    const auto text = body.substr(0, body.find(kSeparator));
    more = text.size() < body.size();
    body.remove_prefix(text.size() + (more ? 1 : 0));
    if (text.starts_with('b')) {
      auto bytes = base64_decode(text.substr(1));
      if (!bytes) return std::nullopt;
      polled.decoded.push_back(std::move(*bytes));
      polled.packets.push_back({PacketType::message, polled.decoded.back(), true});
    } else {
      const auto packet = parse_packet(text);
      if (!packet) return std::nullopt;
      polled.packets.push_back(*packet);
    }
  }
  return polled;
}

bool PollQueue::push(EnginePacket packet, std::size_t max_bytes) {
  const auto size = payload_bytes(packet);
  if (bytes_ + size > max_bytes) return false;
  bytes_ += size;
  packets_.push_back(std::move(packet));
  return true;
}

std::string PollQueue::take_payload(std::size_t max_payload) {
  std::string out;
  for (std::size_t count = 0; count < kMaxPackets && !packets_.empty(); ++count) {
    const auto& packet = packets_.front();
    const auto size = payload_bytes(packet);
    if (count > 0 && out.size() + size > max_payload) break;
    if (count > 0) out += kSeparator;
    if (packet.binary) {
      out += 'b';
      append_base64(out, *packet.bytes);
    } else {
      out += *packet.bytes;
    }
    bytes_ -= size;
    packets_.pop_front();
  }
  return out;
}

std::deque<EnginePacket> PollQueue::take_all() {
  bytes_ = 0;
  return std::exchange(packets_, {});
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

EnginePacket text(std::string bytes) {
  return {std::make_shared<const std::string>(std::move(bytes)), false};
}

EnginePacket binary(std::string bytes) {
  return {std::make_shared<const std::string>(std::move(bytes)), true};
}

TEST(Payload, ParsesTextAndBinaryPacketsInOrder) {
  const auto polled = parse_payload(
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
    EXPECT_FALSE(parse_payload(body)) << body;
  }
}

TEST(PollQueue, JoinsWhatWaits) {
  PollQueue queue;
  EXPECT_TRUE(queue.push(text("4hello"), 100));
  EXPECT_TRUE(queue.push(binary("\x01\x02\x03\x04"), 100));
  EXPECT_EQ(queue.take_payload(100),
            "4hello\x1e"
            "bAQIDBA==");
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
  EXPECT_EQ(queue.take_payload(100), "");
}

TEST(PollQueue, AnswersAtMostSixteenPackets) {
  PollQueue queue;
  for (int i = 0; i < 17; ++i) EXPECT_TRUE(queue.push(text("4"), 100));
  EXPECT_EQ(queue.take_payload(100).size(), 31U);
  EXPECT_EQ(queue.take_payload(100), "4");
}

TEST(PollQueue, StopsAtThePayloadLimitButNeverBeforeOnePacket) {
  PollQueue queue;
  EXPECT_TRUE(queue.push(text("4aaaaaaaaa"), 100));
  EXPECT_TRUE(queue.push(text("4b"), 100));
  EXPECT_TRUE(queue.push(text("4c"), 100));
  EXPECT_EQ(queue.take_payload(5), "4aaaaaaaaa");
  EXPECT_EQ(queue.take_payload(5),
            "4b\x1e"
            "4c");
}

TEST(PollQueue, RefusesMoreBytesThanItMayHold) {
  PollQueue queue;
  EXPECT_TRUE(queue.push(text("4aaaa"), 12));
  EXPECT_TRUE(queue.push(text("4bbbb"), 12));
  EXPECT_FALSE(queue.push(text("4"), 12));
  EXPECT_EQ(queue.take_all().size(), 2U);
  EXPECT_TRUE(queue.push(text("4"), 12));
}

}  // namespace
}  // namespace confab::gateway
#endif
