#include "gateway/socketio/event.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <utility>

#include "common/base/encoding.hpp"
#include "gateway/socketio/event_codec.hpp"
#include "gateway/socketio/json_scan.hpp"

namespace confab::gateway {
namespace {

namespace json = boost::json;

/// Names by which client libraries tell of the connection itself.
constexpr std::array<std::string_view, 6> kReservedNames = {
    "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"};

bool is_reserved(std::string_view name) {
  for (const auto reserved : kReservedNames) {
    if (name == reserved) return true;
  }
  return false;
}

/// The event's name from the JSON of the first item: a string's value, a number as it stands.
std::optional<std::string> event_name(std::string_view item) {
  if (!item.starts_with('"')) {
    const bool number = item.starts_with('-') || (item[0] >= '0' && item[0] <= '9');
    return number ? std::optional(std::string(item)) : std::nullopt;
  }
  if (item.find('\\') == std::string_view::npos) {
    return std::string(item.substr(1, item.size() - 2));
  }
  boost::system::error_code error;
  const auto value = json::parse({item.data(), item.size()}, error);
  if (error) return std::nullopt;
  return std::string(value.get_string());
}

/// Whether an object is a placeholder with a number that no attachment has.
bool is_dangling(const json::object& object, std::size_t attachments) {
  const auto* mark = object.if_contains("_placeholder");
  if (mark == nullptr || *mark != json::value(true)) return false;
  const auto* number = object.if_contains("num");
  if (number == nullptr || !number->is_int64()) return true;
  return number->get_int64() < 0 || static_cast<std::size_t>(number->get_int64()) >= attachments;
}

bool has_dangling_placeholder(const json::value& value, std::size_t attachments) {
  if (const auto* array = value.if_array()) {
    for (const auto& item : *array) {
      if (has_dangling_placeholder(item, attachments)) return true;
    }
  } else if (const auto* object = value.if_object()) {
    if (is_dangling(*object, attachments)) return true;
    for (const auto& member : *object) {
      if (has_dangling_placeholder(member.value(), attachments)) return true;
    }
  }
  return false;
}

}  // namespace

EncodedEvent encode_event(std::string_view nsp, std::string_view name, std::string_view args_json,
                          std::vector<SharedBytes> attachments,
                          std::optional<std::uint64_t> ack_id) {
  std::string items = "[";
  append_json_string(items, name);
  if (!args_json.empty()) items.append(",").append(args_json);
  items += ']';
  const auto type = attachments.empty() ? SocketPacketType::event : SocketPacketType::binary_event;
  auto packet = encode_packet({.type = type,
                               .attachments = attachments.size(),
                               .nsp = std::string(nsp),
                               .id = ack_id,
                               .json = std::move(items)});
  return {std::make_shared<const std::string>(std::move(packet)), std::move(attachments)};
}

std::optional<IncomingEvent> parse_event(const SocketPacket& packet) {
  const std::string_view items = packet.json;
  const auto begin = skip_json_space(items, 1);
  const auto end = json_value_end(items, begin);
  if (!end) return std::nullopt;  // An empty array.
  auto name = event_name(items.substr(begin, *end - begin));
  if (!name || is_reserved(*name)) return std::nullopt;
  auto rest = skip_json_space(items, *end);
  if (items[rest] == ',') ++rest;
  const auto args = items.substr(rest, items.rfind(']') - rest);
  return IncomingEvent{.name = std::move(*name),
                       .args_json = std::string("[").append(args) += ']',
                       .ack_id = packet.id,
                       .attachments = {}};
}

bool placeholders_fit(std::string_view args_json, std::size_t attachments) {
  boost::system::error_code error;
  const auto args = json::parse({args_json.data(), args_json.size()}, error);
  return !error && !has_dangling_placeholder(args, attachments);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

std::optional<IncomingEvent> parsed(std::string_view text) {
  const auto packet = decode_packet(text);
  return packet ? parse_event(*packet) : std::nullopt;
}

TEST(EncodeEvent, WritesTheBytesClientsRead) {
  EXPECT_EQ(*encode_event("/", "foo", "1,{\"a\":2}").packet, R"(42["foo",1,{"a":2}])");
  EXPECT_EQ(*encode_event("/chat", "a\"b", "").packet, R"(42/chat,["a\"b"])");
  const auto event = encode_event("/", "m", R"({"_placeholder":true,"num":0})",
                                  {std::make_shared<const std::string>("bytes")});
  EXPECT_EQ(*event.packet, R"(451-["m",{"_placeholder":true,"num":0}])");
  EXPECT_EQ(event.attachments.size(), 1U);
  EXPECT_EQ(*encode_event("/chat", "ask", "1", {}, 7).packet, R"(42/chat,7["ask",1])");
}

TEST(ParseEvent, KeepsTheArgumentsByteForByte) {
  const auto event = parsed(R"(217["message", 1,"2",{"3":[true] , "x":1.50}])");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->name, "message");
  EXPECT_EQ(event->args_json, R"([ 1,"2",{"3":[true] , "x":1.50}])");
  EXPECT_EQ(event->args(), R"( 1,"2",{"3":[true] , "x":1.50})");
  EXPECT_EQ(event->ack_id, 17U);
}

TEST(ParseEvent, TakesNamesWithEscapesAndNumbers) {
  EXPECT_EQ(parsed(R"(2["a\n\u00e9"])")->name, "a\né");
  EXPECT_EQ(parsed("2[7,1]")->name, "7");
  EXPECT_EQ(parsed(R"(2[ "solo" ])")->args_json, "[]");
}

TEST(ParseEvent, RefusesReservedAndMissingNames) {
  for (const auto* text : {"2[]", "2[ ]", "2[null]", "2[{}]", "2[true]", R"(2["connect"])",
                           R"(2["disconnecting",1])", R"(2["\u0063onnect"])", R"(2["\ud800"])"}) {
    EXPECT_FALSE(parsed(text)) << text;
  }
}

TEST(PlaceholdersFit, WhenEachStandsForAnAttachment) {
  EXPECT_TRUE(placeholders_fit(R"([{"a":[{"num":0,"_placeholder":true}]}])", 1));
  EXPECT_TRUE(placeholders_fit(R"([{"_placeholder":false,"num":9}])", 0));
  EXPECT_FALSE(placeholders_fit(R"([{"_placeholder":true,"num":1}])", 1));
  EXPECT_FALSE(placeholders_fit(R"([{"_placeholder":true,"num":-1}])", 1));
  EXPECT_FALSE(placeholders_fit(R"([{"_placeholder":true,"num":0.5}])", 1));
  EXPECT_FALSE(placeholders_fit(R"([{"_placeholder":true,"num":"0"}])", 1));
  EXPECT_FALSE(placeholders_fit(R"([{"_placeholder":true}])", 1));
}

}  // namespace
}  // namespace confab::gateway
#endif
