#include "gateway/dialects/v1/fields.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "common/base/json_nul.hpp"

namespace confab::gateway::dialects {
namespace {

/// An object or array within is; `value` is at most kMaxDepth deep.
bool is_too_wide(const boost::json::value& value) {
  if (value.is_array()) {
    const auto& items = value.get_array();
    return items.size() > kMaxItems || std::any_of(items.begin(), items.end(), is_too_wide);
  }
  if (!value.is_object()) return false;
  const auto& fields = value.get_object();
  return fields.size() > kMaxKeys ||
         std::any_of(fields.begin(), fields.end(),
                     [](const auto& field) { return is_too_wide(field.value()); });
}

}  // namespace

const boost::json::value* Fields::find(std::string_view name) const {
  const auto* value = data_.if_contains(name);
  return value != nullptr && value->is_null() ? nullptr : value;
}

void Fields::refuse(std::string_view name, std::string_view what) {
  if (!good_) return;
  good_ = Error{ErrorCode::invalid_argument,
                "\"" + std::string(name) + "\" must be " + std::string(what)};
}

std::string Fields::required_text(std::string_view name) {
  if (find(name) == nullptr) refuse(name, "given, a string");
  return text(name);
}

std::string Fields::text(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_string()) {
    refuse(name, "a string");
    return {};
  }
  const auto& string = value->get_string();
  if (string.find('\0') != string.npos) refuse(name, "free of NUL");
  return std::string(string);
}

std::optional<std::string> Fields::optional_text(std::string_view name) {
  if (find(name) == nullptr) return std::nullopt;
  return text(name);
}

std::optional<std::uint64_t> Fields::number(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);
  if (!value->is_number() || error) {
    refuse(name, "a whole number, not negative");
    return std::nullopt;
  }
  return number;
}

std::uint64_t Fields::required_number(std::string_view name) {
  if (find(name) == nullptr) refuse(name, "given, a whole number");
  return number(name).value_or(0);
}

std::optional<bool> Fields::flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_bool()) {
    refuse(name, "true or false");
    return std::nullopt;
  }
  return value->get_bool();
}

std::vector<std::string> Fields::texts(std::string_view name) {
  std::vector<std::string> out;
  const auto* value = find(name);
  if (value == nullptr) return out;
  if (!value->is_array()) {
    refuse(name, "an array of strings");
    return out;
  }
  for (const auto& item : value->get_array()) {
    if (!item.is_string() || item.get_string().find('\0') != boost::json::string::npos) {
      refuse(name, "an array of strings without NUL");
      return {};
    }
    out.emplace_back(item.get_string());
  }
  return out;
}

std::string Fields::object_json(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return {};
  if (!value->is_object()) {
    refuse(name, "an object");
    return {};
  }
  if (holds_nul(*value)) refuse(name, "free of NUL");
  return boost::json::serialize(value->get_object());
}

std::optional<Position> Fields::position(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return std::nullopt;
  if (value->is_object()) {
    Fields inner(value->get_object());
    const auto epoch = inner.number("epoch");
    const auto seq = inner.number("seq");
    if (inner.good() && epoch && seq) return Position{*epoch, *seq, {}};
  }
  refuse(name, R"(an object {"epoch":number,"seq":number})");
  return std::nullopt;
}

Result<boost::json::value> parse_value(std::string_view text, std::size_t more_levels) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxDepth + more_levels;
  auto value = boost::json::parse(text, error, {}, options);
  if (error) {
    return Error{ErrorCode::invalid_argument, "the JSON is malformed: " + error.message()};
  }
  if (const auto width = check_width(value); !width) return width.error();
  return value;
}

Result<> check_width(const boost::json::value& value) {
  if (!is_too_wide(value)) return {};
  return Error{ErrorCode::payload_too_large,
               "an object has at most 64 keys and an array at most 1000 items"};
}

Result<boost::json::object> parse_object(std::string_view text, std::size_t more_levels) {
  auto value = parse_value(text, more_levels);
  if (!value) return value.error();
  if (!value->is_object()) {
    return Error{ErrorCode::invalid_argument, "the JSON must be an object"};
  }
  return std::move(value->get_object());
}

}  // namespace confab::gateway::dialects

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway::dialects {
namespace {

TEST(Fields, KeepsTheFirstBadFieldAsTheError) {
  const auto data = *parse_object(R"({"a":1,"b":"2","c":null})");
  Fields fields(data);
  EXPECT_EQ(fields.text("c"), "");
  EXPECT_TRUE(fields.good());
  EXPECT_FALSE(fields.number("b"));
  EXPECT_EQ(fields.text("a"), "");
  ASSERT_FALSE(fields.good());
  EXPECT_NE(fields.good().error().message.find("\"b\""), std::string::npos);
}

TEST(Fields, RefusesNegativeFractionalAndTooLargeNumbers) {
  for (const auto* text : {R"({"n":-1})", R"({"n":1.5})", R"({"n":1e30})", R"({"n":true})"}) {
    const auto data = *parse_object(text);
    Fields fields(data);
    EXPECT_FALSE(fields.number("n")) << text;
    EXPECT_FALSE(fields.good()) << text;
  }
}

TEST(Fields, RefusesNulAnywhereInAnObject) {
  for (const auto* text : {R"({"o":{"a":"\u0000"}})", R"({"o":{"\u0000":1}})",
                           R"({"o":{"a":[1,{"b":["x\u0000"]}]}})"}) {
    const auto data = *parse_object(text);
    Fields fields(data);
    (void)fields.object_json("o");
    EXPECT_FALSE(fields.good()) << text;
  }
  const auto data = *parse_object(R"({"o":{"a":"\\u0000"}})");
  Fields fields(data);
  EXPECT_EQ(fields.object_json("o"), R"({"a":"\\u0000"})");
  EXPECT_TRUE(fields.good());
}

TEST(Fields, RefusesNulInStringsAndInLists) {
  const auto data = *parse_object(R"({"a":"x\u0000","b":["x\u0000"],"c":["x",1],"d":["x"]})");
  for (const auto* name : {"b", "c"}) {
    Fields fields(data);
    EXPECT_TRUE(fields.texts(name).empty()) << name;
    EXPECT_FALSE(fields.good()) << name;
  }
  Fields fields(data);
  EXPECT_EQ(fields.texts("d").size(), 1U);
  EXPECT_TRUE(fields.good());
  (void)fields.text("a");
  EXPECT_FALSE(fields.good());
}

TEST(Fields, TakesNothingForAFlagButTrueAndFalse) {
  const auto data = *parse_object(R"({"y":true,"n":false,"s":"true","o":1,"z":null})");
  Fields fields(data);
  EXPECT_EQ(fields.flag("y"), true);
  EXPECT_EQ(fields.flag("n"), false);
  EXPECT_EQ(fields.flag("z"), std::nullopt);
  EXPECT_TRUE(fields.good());
  for (const auto* name : {"s", "o"}) {
    Fields one(data);
    EXPECT_EQ(one.flag(name), std::nullopt);
    EXPECT_FALSE(one.good()) << name;
  }
}

TEST(Fields, ReadsAPositionOrSaysWhatItLacks) {
  const auto data = *parse_object(R"({"p":{"epoch":1,"seq":7},"q":{"seq":7}})");
  Fields fields(data);
  EXPECT_EQ(fields.position("p")->seq, 7U);
  EXPECT_FALSE(fields.position("q"));
  EXPECT_FALSE(fields.good());
}

TEST(ParseObject, RefusesWideJson) {
  const auto list = [](std::size_t items) {
    std::string text = R"({"a":[0)";
    while (--items > 0) text += ",0";
    return text + "]}";
  };
  const auto object = [](std::size_t keys) {
    std::string text = R"({"a":[{"k0":0)";
    for (std::size_t i = 1; i < keys; ++i) text += ",\"k" + std::to_string(i) + "\":0";
    return text + "}]}";
  };
  EXPECT_TRUE(parse_object(list(kMaxItems)));
  EXPECT_TRUE(parse_object(object(kMaxKeys)));
  EXPECT_EQ(parse_object(list(kMaxItems + 1)).error().code, ErrorCode::payload_too_large);
  EXPECT_EQ(parse_object(object(kMaxKeys + 1)).error().code, ErrorCode::payload_too_large);
}

TEST(ParseObject, RefusesDeepMalformedAndForeignJson) {
  EXPECT_TRUE(parse_object(R"({"a":"😀"})"));
  std::string deep(40, '[');
  for (const auto& text :
       {std::string("{"), std::string("[]"), std::string(R"({"a":"\ud800"})"),
        std::string("{\"a\":\"\xff\"}"), R"({"a":)" + deep + std::string(40, ']') + "}"}) {
    EXPECT_FALSE(parse_object(text)) << text;
  }
}

}  // namespace
}  // namespace confab::gateway::dialects
#endif
