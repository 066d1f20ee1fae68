#include "gateway/socketio/auth.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "common/base/encoding.hpp"
#include "gateway/net/http.hpp"
#include "gateway/socketio/json_scan.hpp"

namespace confab::gateway {
namespace {

namespace json = boost::json;

/// Null when it is malformed or nested too deeply; no object either.
json::value parse_text(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  auto value = json::parse({text.data(), text.size()}, error, {}, options);
  return error ? json::value() : value;
}

std::optional<json::object> parse_object_text(std::string_view text) {
  auto value = parse_text(text);
  if (!value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

/// What the characters "0", "1", ... of a string that was taken apart spell, and the other members.
std::optional<json::object> join_characters(const json::object& spread) {
  std::string text;
  std::size_t count = 0;
  for (;; ++count) {
    const auto* character = spread.if_contains(std::to_string(count));
    if (character == nullptr) break;
    if (!character->is_string()) return std::nullopt;
    text += character->get_string();
  }
  auto joined = parse_object_text(text);
  for (const auto* name : {"pid", "offset"}) {
    const auto* value = spread.if_contains(name);
    if (joined && value != nullptr) joined->emplace(name, *value);
  }
  return joined;
}

}  // namespace

std::optional<json::object> parse_auth(std::string_view auth_json) {
  if (auth_json.empty()) return json::object();
  auto value = parse_text(auth_json);
  if (value.is_string()) return parse_object_text(value.get_string());
  if (!value.is_object()) return std::nullopt;
  auto& object = value.get_object();
  const auto* first = object.if_contains("0");
  if (first != nullptr && *first == json::value("{")) return join_characters(object);
  return std::move(object);
}

std::string query_as_json(std::string_view query) {
  json::object values;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto key = form_decode(pair.substr(0, equals));
    const auto value = form_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (is_utf8(key) && is_utf8(value)) values.emplace(key, value);
  }
  return json::serialize(values);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

std::string parsed(std::string_view auth_json) {
  const auto object = parse_auth(auth_json);
  return object ? json::serialize(*object) : "nothing";
}

TEST(ParseAuth, TakesAnObjectHoweverItWasGiven) {
  EXPECT_EQ(parsed(""), "{}");
  EXPECT_EQ(parsed(R"({"token":"x"})"), R"({"token":"x"})");
  EXPECT_EQ(parsed(R"("{\"token\":\"x\"}")"), R"({"token":"x"})");
  EXPECT_EQ(parsed(R"({"pid":"p","0":"{","1":"\"","2":"a","3":"\"","4":":","5":"1","6":"}"})"),
            R"({"a":1,"pid":"p"})");
  EXPECT_EQ(parsed(R"({"0":"zero"})"), R"({"0":"zero"})");
}

TEST(ParseAuth, RefusesWhatIsNoObject) {
  for (const auto* text :
       {"[]", "1", R"("token")", R"("[1]")", R"({"0":"{"})", R"("{")", R"({"0":"{","1":1})"}) {
    EXPECT_EQ(parsed(text), "nothing") << text;
  }
}

TEST(ParseAuth, RefusesDeepNestingHoweverItWasGiven) {
  const auto deep = [](std::size_t levels) {
    return R"({"a":)" + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
  };
  const auto as_text = [](const std::string& text) {
    return json::serialize(json::value(json::string(text)));
  };
  EXPECT_EQ(parsed(deep(16)), deep(16));
  EXPECT_EQ(parsed(as_text(deep(16))), deep(16));
  EXPECT_EQ(parsed(deep(17)), "nothing");
  EXPECT_EQ(parsed(as_text(deep(17))), "nothing");
}

TEST(QueryAsJson, KeepsTheFirstValueOfEachKey) {
  EXPECT_EQ(query_as_json("room=1&name=a%20%22b&room=2&&flag"),
            R"({"room":"1","name":"a \"b","flag":""})");
  EXPECT_EQ(query_as_json("bad=%ff&good=1"), R"({"good":"1"})");
  EXPECT_EQ(query_as_json(""), "{}");
}

}  // namespace
}  // namespace confab::gateway
#endif
