#include "gateway/engineio/base64.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::gateway {

// The two alphabets differ in two characters, and padding; common/base knows the other one.
void append_base64(std::string& out, std::string_view bytes) {
  const auto begin = out.size();
  out += base64url_encode(bytes);
  for (auto i = begin; i < out.size(); ++i) {
    if (out[i] == '-') out[i] = '+';
    if (out[i] == '_') out[i] = '/';
  }
  out.resize(begin + base64_size(bytes.size()), '=');
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string url(text);
  if (url.ends_with("==")) {
    url.resize(url.size() - 2);
  } else if (url.ends_with('=')) {
    url.pop_back();
  }
  // "Q===" is a length no encoder writes, as is "QQ=" with its one sign missing.
  if (base64_size(url.size() * 3 / 4) != text.size()) return std::nullopt;
  for (auto& character : url) {
    if (character == '-' || character == '_') return std::nullopt;
    if (character == '+') character = '-';
    if (character == '/') character = '_';
  }
  return base64url_decode(url);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

TEST(Base64, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    std::string text = "b";
    append_base64(text, bytes);
    EXPECT_EQ(text.size(), 1 + base64_size(bytes.size()));
    EXPECT_EQ(base64_decode(std::string_view(text).substr(1)), bytes);
    bytes += static_cast<char>(i * 37 + 251);
  }
}

TEST(Base64, RefusesWhatItWouldNotHaveWritten) {
  for (const auto* text : {"A", "AA", "AAA", "AA=A", "A===", "====", "AAAA====", "A-AA", "A_AA",
                           "AB==", "AQ==\n", "AAAA="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
