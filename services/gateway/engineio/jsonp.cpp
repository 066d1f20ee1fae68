#include "gateway/engineio/jsonp.hpp"

#include "common/base/encoding.hpp"
#include "gateway/net/http.hpp"

namespace confab::gateway {
namespace {

/// More calls than that nobody counts.
constexpr std::size_t kMaxDigits = 10;

/// Line ends in JavaScript, but not in JSON: U+2028 and U+2029.
bool starts_with_line_separator(std::string_view text) {
  return text.starts_with("\xe2\x80\xa8") || text.starts_with("\xe2\x80\xa9");
}

void append_without_line_separators(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = text.substr(0, text.find('\xe2'));
    out += plain;
    text.remove_prefix(plain.size());
    if (starts_with_line_separator(text)) {
      out += text[2] == '\xa8' ? "\\u2028" : "\\u2029";
      text.remove_prefix(3);
    } else if (!text.empty()) {
      out += text[0];
      text.remove_prefix(1);
    }
  }
}

}  // namespace

std::string jsonp_script(std::string_view j, std::string_view payload) {
  std::string out = "___eio[";
  std::size_t digits = 0;
  for (const char character : j) {
    if (character < '0' || character > '9' || digits == kMaxDigits) continue;
    out += character;
    ++digits;
  }
  out += "](";
  std::string text;
  append_json_string(text, payload);
  append_without_line_separators(out, text);
  return out.append(");");
}

// A form field may have its line ends changed on the way, so clients write a line end as "\n", and
// what was "\n" before as "\\n".
std::optional<std::string> jsonp_payload(std::string_view form) {
  const auto field = form_value(form, "d");
  if (!field) return std::nullopt;
  std::string_view rest = *field;
  std::string out;
  while (!rest.empty()) {
    if (rest.starts_with("\\\\n")) {
      out += "\\n";
      rest.remove_prefix(3);
    } else if (rest.starts_with("\\n")) {
      out += '\n';
      rest.remove_prefix(2);
    } else {
      out += rest[0];
      rest.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(Jsonp, HandsThePayloadOverAsAString) {
  EXPECT_EQ(jsonp_script("0", "2:4a"), R"(___eio[0]("2:4a");)");
  EXPECT_EQ(jsonp_script("12", "4\"\\\n\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa"),
            "___eio[12](\"4\\\"\\\\\\n\\u2028\\u2029\xe2\x80\xaa\");");
}

TEST(Jsonp, LetsNothingButDigitsIntoTheScript) {
  EXPECT_EQ(jsonp_script("0](alert(1));//", "6"), R"(___eio[01]("6");)");
  EXPECT_EQ(jsonp_script("", "6"), R"(___eio[]("6");)");
  EXPECT_EQ(jsonp_script("123456789012345", "6"), R"(___eio[1234567890]("6");)");
}

TEST(Jsonp, TakesPayloadsOutOfForms) {
  EXPECT_EQ(jsonp_payload("d=2%3A4a+b"), "2:4a b");
  EXPECT_EQ(jsonp_payload("x=1&d="), "");
  EXPECT_FALSE(jsonp_payload("2:4a"));
  EXPECT_FALSE(jsonp_payload(""));
}

TEST(Jsonp, RestoresLineEndsAndWhatLooksLikeThem) {
  EXPECT_EQ(jsonp_payload(R"(d=a\nb)"), "a\nb");
  EXPECT_EQ(jsonp_payload(R"(d=a\\nb)"), R"(a\nb)");
  EXPECT_EQ(jsonp_payload(R"(d=a\\\nb)"), R"(a\\nb)");
  EXPECT_EQ(jsonp_payload(R"(d=\t\\)"), R"(\t\\)");
}

}  // namespace
}  // namespace confab::gateway
#endif
