#include "gateway/net/http.hpp"

#include <algorithm>

namespace confab::gateway {
namespace {

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
}

int hex_value(char digit) {
  const char small = lower(digit);
  if (small >= '0' && small <= '9') return small - '0';
  if (small >= 'a' && small <= 'f') return small - 'a' + 10;
  return -1;
}

std::string decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' && plus_is_space ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string percent_decode(std::string_view text) { return decode(text, false); }

std::string form_decode(std::string_view text) { return decode(text, true); }

std::optional<std::string> form_value(std::string_view form, std::string_view key) {
  while (!form.empty()) {
    const auto pair = form.substr(0, form.find('&'));
    form.remove_prefix(std::min(form.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (form_decode(pair.substr(0, equals)) != key) continue;
    if (equals == std::string_view::npos) return std::string();
    return form_decode(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::string_view HttpRequest::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

std::optional<std::string> HttpRequest::query_value(std::string_view key) const {
  return form_value(query, key);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(HttpRequest, FindsHeadersInAnyCase) {
  HttpRequest request;
  request.headers = {{"Content-Type", "text/plain"}, {"content-type", "second"}};
  EXPECT_EQ(request.header("CONTENT-type"), "text/plain");
  EXPECT_EQ(request.header("Content"), "");
}

TEST(HttpRequest, DecodesQueryValues) {
  HttpRequest request;
  request.query = "EIO=4&name=a%20b+c%2B&flag&empty=&name=second";
  EXPECT_EQ(request.query_value("EIO"), "4");
  EXPECT_EQ(request.query_value("name"), "a b c+");
  EXPECT_EQ(request.query_value("flag"), "");
  EXPECT_EQ(request.query_value("empty"), "");
  EXPECT_EQ(request.query_value("missing"), std::nullopt);
}

TEST(PercentDecode, LeavesBrokenEscapesAsTheyAre) {
  EXPECT_EQ(percent_decode("%41%4"), "A%4");
  EXPECT_EQ(percent_decode("%zz%"), "%zz%");
  EXPECT_EQ(percent_decode("a+b%2f"), "a+b/");
}

}  // namespace
}  // namespace confab::gateway
#endif
