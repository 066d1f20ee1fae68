#include "gateway/socketio/json_scan.hpp"

#include <algorithm>

namespace confab::gateway {
namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// Steps over JSON without building it. Each function moves past what it names, or fails.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t begin) : text_(text), at_(begin) {}

  [[nodiscard]] std::size_t position() const { return at_; }

  bool value(int depth) {
    if (depth > kMaxJsonDepth) return false;
    switch (peek()) {
      case '{':
        return sequence('}', depth, true);
      case '[':
        return sequence(']', depth, false);
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool take(char expected) {
    if (peek() != expected) return false;
    ++at_;
    return true;
  }

  void space() { at_ = skip_json_space(text_, at_); }

  bool literal(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  /// An array's values, or with `keys` an object's members.
  bool sequence(char close, int depth, bool keys) {
    ++at_;
    space();
    if (take(close)) return true;
    for (;;) {
      if (keys && !key()) return false;
      if (!value(depth + 1)) return false;
      space();
      if (take(close)) return true;
      if (!take(',')) return false;
      space();
    }
  }

  bool key() {
    if (!string()) return false;
    space();
    if (!take(':')) return false;
    space();
    return true;
  }

  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const char character = text_[at_++];
      if (character == '"') return true;
      if (static_cast<unsigned char>(character) < 0x20) return false;
      if (character == '\\' && !escape()) return false;
    }
    return false;
  }

  bool escape() {
    const char kind = peek();
    ++at_;
    if (kind != 'u') return kind != '\0' && std::string_view("\"\\/bfnrt").find(kind) != kNone;
    for (int i = 0; i < 4; ++i, ++at_) {
      if (!is_hex(peek())) return false;
    }
    return true;
  }

  bool digits() {
    const auto begin = at_;
    while (is_digit(peek())) ++at_;
    return at_ > begin;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  static constexpr auto kNone = std::string_view::npos;

  std::string_view text_;
  std::size_t at_;
};

}  // namespace

std::optional<std::size_t> json_value_end(std::string_view text, std::size_t begin) {
  Scanner scanner(text, begin);
  if (!scanner.value(1)) return std::nullopt;
  return scanner.position();
}

bool is_json(std::string_view text) {
  const auto end = json_value_end(text, skip_json_space(text, 0));
  return end && skip_json_space(text, *end) == text.size();
}

std::size_t skip_json_space(std::string_view text, std::size_t begin) {
  return std::min(text.find_first_not_of(" \t\r\n", begin), text.size());
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <string>

namespace confab::gateway {
namespace {

TEST(JsonScan, AcceptsWellFormedValues) {
  for (const auto* text :
       {"0", "-0", "10.5e+3", "1E5", "\"\"", R"("a\"\\\/\b\u00e9")", "true", "false", "null", "[]",
        "[ ]", "{}", R"({"a":[1,{"b":null}], "c" : "é"})", " [1 ,2]\n"}) {
    EXPECT_TRUE(is_json(text)) << text;
  }
}

TEST(JsonScan, RefusesMalformedValues) {
  for (const auto* text :
       {"",      " ",          "01",    "+1",     "1.",      ".5",          "1e",        "-",
        "tru",   "nul",        "\"",    "\"\\\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u12\"", "\"\n\"",
        "[",     "]",          "[1,]",  "[,1]",   "[1 2]",   "{",           "{\"a\"}",   "{\"a\":}",
        "{a:1}", "{\"a\":1,}", "{1:2}", "[1]]",   "1 2",     "NaN",         "'a'",       "\"\\"}) {
    EXPECT_FALSE(is_json(text)) << text;
  }
  EXPECT_FALSE(is_json(std::string_view("\"\\\0\"", 4)));
}

TEST(JsonScan, RefusesDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(is_json(nested(16)));
  EXPECT_FALSE(is_json(nested(17)));
  EXPECT_FALSE(is_json(std::string(1'000'000, '[')));
}

TEST(JsonScan, TellsWhereAValueEnds) {
  EXPECT_EQ(json_value_end(R"(["a,b",2])", 1), 6U);
  EXPECT_EQ(json_value_end(R"([{"a":[1]},2])", 1), 10U);
}

}  // namespace
}  // namespace confab::gateway
#endif
