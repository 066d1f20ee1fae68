#include "gateway/dialects/v1/fields.hpp"

#include <boost/json.hpp>

namespace confab::gateway::dialects {
namespace {

constexpr std::size_t kMaxDepth = 16;  // docs/protocol.md, "Limits".

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

bool Fields::flag(std::string_view name) {
  const auto* value = find(name);
  if (value == nullptr) return false;
  if (!value->is_bool()) refuse(name, "true or false");
  return value->is_bool() && value->get_bool();
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

Result<boost::json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  auto value = boost::json::parse(text, error, {}, options);
  if (error) {
    return Error{ErrorCode::invalid_argument, "the JSON is malformed: " + error.message()};
  }
  if (!value.is_object()) {
    return Error{ErrorCode::invalid_argument, "the JSON must be an object"};
  }
  return std::move(value.get_object());
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

TEST(Fields, TakesOnlyTrueAndFalseForAFlag) {
  const auto data = *parse_object(R"({"a":true,"b":false,"c":1,"d":"true"})");
  Fields fields(data);
  EXPECT_TRUE(fields.flag("a"));
  EXPECT_FALSE(fields.flag("b"));
  EXPECT_FALSE(fields.flag("absent"));
  EXPECT_TRUE(fields.good());
  for (const auto* name : {"c", "d"}) {
    Fields other(data);
    EXPECT_FALSE(other.flag(name));
    EXPECT_FALSE(other.good()) << name;
  }
}

TEST(Fields, RefusesNegativeFractionalAndTooLargeNumbers) {
  for (const auto* text : {R"({"n":-1})", R"({"n":1.5})", R"({"n":1e30})", R"({"n":true})"}) {
    const auto data = *parse_object(text);
    Fields fields(data);
    EXPECT_FALSE(fields.number("n")) << text;
    EXPECT_FALSE(fields.good()) << text;
  }
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

TEST(Fields, ReadsAPositionOrSaysWhatItLacks) {
  const auto data = *parse_object(R"({"p":{"epoch":1,"seq":7},"q":{"seq":7}})");
  Fields fields(data);
  EXPECT_EQ(fields.position("p")->seq, 7U);
  EXPECT_FALSE(fields.position("q"));
  EXPECT_FALSE(fields.good());
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
