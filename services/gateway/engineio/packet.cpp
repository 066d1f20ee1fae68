#include "gateway/engineio/packet.hpp"

#include <memory>
#include <utility>

#include "gateway/engineio/base64.hpp"

namespace confab::gateway {
namespace {

constexpr char kBase64Mark = 'b';
/// What a binary message begins with in version 3, beyond the mark where it is base64.
constexpr char kTextMessage = '4';
constexpr char kBinaryMessage = 4;

std::optional<PacketView> parse_base64(EngineVersion version, std::string_view text,
                                       std::string& decoded) {
  if (version == EngineVersion::v3) {
    if (!text.starts_with(kTextMessage)) return std::nullopt;
    text.remove_prefix(1);
  }
  auto bytes = base64_decode(text);
  if (!bytes) return std::nullopt;
  decoded = std::move(*bytes);
  return PacketView{PacketType::message, decoded, true};
}

}  // namespace

EnginePacket packet_of(PacketType type) {
  return {std::make_shared<const std::string>(1, static_cast<char>(type)), false};
}

std::optional<PacketView> parse_text(EngineVersion version, std::string_view text,
                                     std::string& decoded) {
  if (text.starts_with(kBase64Mark)) return parse_base64(version, text.substr(1), decoded);
  if (text.empty() || text[0] < '0' || text[0] > '6') return std::nullopt;
  return PacketView{static_cast<PacketType>(text[0]), text.substr(1), false};
}

std::optional<PacketView> parse_binary(EngineVersion version, std::string_view bytes) {
  if (version == EngineVersion::v3) {
    if (!bytes.starts_with(kBinaryMessage)) return std::nullopt;
    bytes.remove_prefix(1);
  }
  return PacketView{PacketType::message, bytes, true};
}

void append_binary_as_text(std::string& out, EngineVersion version, std::string_view bytes) {
  out += kBase64Mark;
  if (version == EngineVersion::v3) out += kTextMessage;
  append_base64(out, bytes);
}

void append_binary(std::string& out, EngineVersion version, std::string_view bytes) {
  if (version == EngineVersion::v3) out += kBinaryMessage;
  out += bytes;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

using namespace std::string_literals;

TEST(EnginePacket, IsTextOfEveryType) {
  for (const auto version : {EngineVersion::v3, EngineVersion::v4}) {
    std::string decoded;
    for (char type = '0'; type <= '6'; ++type) {
      const auto packet = parse_text(version, std::string(1, type) + "data", decoded);
      ASSERT_TRUE(packet);
      EXPECT_EQ(static_cast<char>(packet->type), type);
      EXPECT_EQ(packet->data, "data");
    }
    EXPECT_EQ(parse_text(version, "4", decoded)->data, "");
    for (const auto* text : {"", "7", "a", " 4", "b4A", "b4====", "b4A==="}) {
      EXPECT_FALSE(parse_text(version, text, decoded)) << text;
    }
  }
}

TEST(EnginePacket, TakesBase64ThatBeginsWithAFourForBytesInVersion4) {
  std::string decoded;
  EXPECT_EQ(parse_text(EngineVersion::v4, "b4AQI", decoded)->data, "\xe0\x04\x08");
  EXPECT_EQ(parse_text(EngineVersion::v3, "b44AQI", decoded)->data, "\xe0\x04\x08");
  EXPECT_FALSE(parse_text(EngineVersion::v3, "bAQID", decoded));
}

TEST(EnginePacket, HasTheTypeByteOfABinaryMessageOnlyInVersion3) {
  EXPECT_EQ(parse_binary(EngineVersion::v3, "\4\1\2")->data, "\1\2");
  EXPECT_EQ(parse_binary(EngineVersion::v3, "\4\4")->data, "\4");
  EXPECT_EQ(parse_binary(EngineVersion::v3, "\4")->data, "");
  EXPECT_EQ(parse_binary(EngineVersion::v4, "\4\1\2")->data, "\4\1\2");
  EXPECT_EQ(parse_binary(EngineVersion::v4, "")->data, "");
  for (const auto& bytes : {""s, "\1\2"s, "\2"s, "4\1"s}) {
    EXPECT_FALSE(parse_binary(EngineVersion::v3, bytes));
  }
}

TEST(EnginePacket, IsWrittenAsItIsRead) {
  for (const auto version : {EngineVersion::v3, EngineVersion::v4}) {
    for (const auto& bytes : {""s, "\0"s, "\4\1\2\3"s, "4hello"s}) {
      std::string text;
      std::string decoded;
      append_binary_as_text(text, version, bytes);
      EXPECT_EQ(parse_text(version, text, decoded)->data, bytes);
      std::string frame;
      append_binary(frame, version, bytes);
      EXPECT_EQ(parse_binary(version, frame)->data, bytes);
    }
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
