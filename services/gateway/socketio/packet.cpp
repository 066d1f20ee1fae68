#include "gateway/socketio/packet.hpp"

#include <charconv>

#include "gateway/socketio/json_scan.hpp"

namespace confab::gateway {
namespace {

/// Takes a number off the front of `text`, or nothing when none stands there or it is too large.
template <typename T>
std::optional<T> take_number(std::string_view& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

bool starts_with_digit(std::string_view text) {
  return !text.empty() && text[0] >= '0' && text[0] <= '9';
}

bool take_attachments(std::string_view& text, SocketPacket& packet) {
  const auto count = take_number<std::size_t>(text);
  if (!count || *count > kMaxAttachments || !text.starts_with('-')) return false;
  text.remove_prefix(1);
  packet.attachments = *count;
  return true;
}

void take_namespace(std::string_view& text, SocketPacket& packet) {
  if (!text.starts_with('/')) return;
  const auto comma = text.find(',');
  packet.nsp = text.substr(0, comma);
  text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
}

bool take_id(std::string_view& text, SocketPacket& packet) {
  if (!starts_with_digit(text)) return true;
  packet.id = take_number<std::uint64_t>(text);
  return packet.id.has_value();
}

/// Whether the JSON is of the kind that packets of this type carry.
bool json_fits(SocketPacketType type, std::string_view json) {
  switch (type) {
    case SocketPacketType::connect:
      return json.empty() || json[0] == '{' || json[0] == '"';
    case SocketPacketType::disconnect:
      return json.empty();
    case SocketPacketType::event:
    case SocketPacketType::ack:
    case SocketPacketType::binary_event:
    case SocketPacketType::binary_ack:
      return json.starts_with('[');
    case SocketPacketType::connect_error:
      return false;  // Only servers send it.
  }
  return false;
}

bool is_binary(SocketPacketType type) {
  return type == SocketPacketType::binary_event || type == SocketPacketType::binary_ack;
}

}  // namespace

std::optional<SocketPacket> decode_packet(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  SocketPacket packet;
  packet.type = static_cast<SocketPacketType>(text[0]);
  text.remove_prefix(1);
  if (is_binary(packet.type) && !take_attachments(text, packet)) return std::nullopt;
  take_namespace(text, packet);
  if (packet.type != SocketPacketType::connect && !take_id(text, packet)) return std::nullopt;
  if (!json_fits(packet.type, text)) return std::nullopt;
  if (!text.empty() && !is_json(text)) return std::nullopt;
  packet.json = text;
  return packet;
}

std::string encode_packet(const SocketPacket& packet) {
  std::string out = "4";
  out += static_cast<char>(packet.type);
  if (is_binary(packet.type)) out.append(std::to_string(packet.attachments)) += '-';
  if (packet.nsp != "/") out.append(packet.nsp) += ',';
  if (packet.id) out += std::to_string(*packet.id);
  return out += packet.json;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(SocketPacket, DecodesEveryPart) {
  const auto packet = decode_packet(R"(52-/chat,123["a",{"_placeholder":true,"num":0}])");
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->type, SocketPacketType::binary_event);
  EXPECT_EQ(packet->attachments, 2U);
  EXPECT_EQ(packet->nsp, "/chat");
  EXPECT_EQ(packet->id, 123U);
  EXPECT_EQ(packet->json, R"(["a",{"_placeholder":true,"num":0}])");
  EXPECT_EQ("4" + std::string(R"(52-/chat,123["a",{"_placeholder":true,"num":0}])"),
            encode_packet(*packet));
}

TEST(SocketPacket, LetsTheNamespaceStandWithoutAComma) {
  EXPECT_EQ(decode_packet("0/custom")->nsp, "/custom");
  EXPECT_EQ(decode_packet("0/custom,")->nsp, "/custom");
  EXPECT_EQ(decode_packet("1/custom")->type, SocketPacketType::disconnect);
  EXPECT_EQ(decode_packet("0")->nsp, "/");
}

TEST(SocketPacket, TakesAuthAsObjectOrString) {
  EXPECT_EQ(decode_packet(R"(0{"token":"x"})")->json, R"({"token":"x"})");
  EXPECT_EQ(decode_packet(R"(0"{\"token\":1}")")->json, R"("{\"token\":1}")");
  EXPECT_FALSE(decode_packet("0[1]"));
  EXPECT_FALSE(decode_packet("012"));
}

TEST(SocketPacket, RefusesWhatBreaksARule) {
  for (const auto* text : {"",
                           "7",
                           "abc",
                           "2",
                           "2{}",
                           "2abc[\"a\"]",
                           "2[\"a\"",
                           "2[\"a\"]x",
                           "3",
                           "3{}",
                           "1{}",
                           "4{\"message\":\"x\"}",
                           "5",
                           "5[\"a\"]",
                           "51[\"a\"]",
                           "5-[\"a\"]",
                           "511-[\"a\"]",
                           "599999999999999999999999-[\"a\"]",
                           "5x-[\"a\"]",
                           "299999999999999999999999[\"a\"]",
                           "51.5-[\"a\"]",
                           "5-1-[\"a\"]"}) {
    EXPECT_FALSE(decode_packet(text)) << text;
  }
  EXPECT_TRUE(decode_packet("50-[\"a\"]"));
  EXPECT_TRUE(decode_packet("510-[\"a\"]"));
}

}  // namespace
}  // namespace confab::gateway
#endif
