#include "common/base/encoding.hpp"

#include <array>
#include <cstring>

namespace confab {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> make_base64url_values() {
  std::array<std::int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (std::size_t i = 0; i < kBase64Url.size(); ++i) {
    values[static_cast<unsigned char>(kBase64Url[i])] = static_cast<std::int8_t>(i);
  }
  return values;
}

constexpr auto kBase64UrlValues = make_base64url_values();

/// Bytes of the UTF-8 sequence at the start of `text`, or 0 when there is no valid one.
std::size_t utf8_sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xC0) == 0x80; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;
  if (first < 0xE0) return continues(1) ? 2 : 0;
  if (first < 0xF0) {
    if (!continues(1) || !continues(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) >= 0xA0) return 0;
    return 3;
  }
  if (first > 0xF4 || !continues(1) || !continues(2) || !continues(3)) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return 4;
}

/// How many of the first characters, a multiple of eight, are ASCII.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    if ((word & 0x8080808080808080) != 0) break;
  }
  return at;
}

/// The characters before the first that JSON strings must escape, eight at a time.
std::size_t plain_json_prefix(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr std::uint64_t kHighs = 0x8080808080808080;
  const auto zero_bytes = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, 8);
    const auto below_space = (word - kOnes * 0x20) & ~word & kHighs;
    const auto quotes = zero_bytes(word ^ (kOnes * '"'));
    const auto backslashes = zero_bytes(word ^ (kOnes * '\\'));
    if ((below_space | quotes | backslashes) != 0) break;
  }
  for (; at < text.size(); ++at) {
    const auto character = text[at];
    if (character == '"' || character == '\\' || static_cast<unsigned char>(character) < 0x20) {
      break;
    }
  }
  return at;
}

void append_json_escape(std::string& out, char character) {
  switch (character) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(character) >> 4];
      out += kHex[static_cast<unsigned char>(character) & 15];
  }
}

}  // namespace

std::string hex_encode(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string hex64(std::uint64_t value) {
  std::string out(16, '0');
  for (std::size_t i = 16; i-- > 0; value >>= 4) out[i] = kHex[value & 15];
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const unsigned char byte : bytes) {
    bits = (bits << 8) | byte;
    for (count += 8; count >= 6; count -= 6) out += kBase64Url[(bits >> (count - 6)) & 63];
  }
  if (count > 0) out += kBase64Url[(bits << (6 - count)) & 63];
  return out;
}

std::optional<std::string> base64url_decode(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (const unsigned char character : text) {
    const auto value = kBase64UrlValues[character];
    if (value < 0) return std::nullopt;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>((bits >> count) & 0xFF);
    }
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return out;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto plain = plain_json_prefix(text);
    out.append(text.substr(0, plain));
    if (plain == text.size()) break;
    append_json_escape(out, text[plain]);
    text.remove_prefix(plain + 1);
  }
  out += '"';
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (const auto ascii = ascii_prefix(text); ascii > 0) {
      text.remove_prefix(ascii);
      continue;
    }
    const auto length = utf8_sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace confab

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab {
namespace {

TEST(Base64Url, RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(base64url_decode(base64url_encode(bytes)), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Base64Url, RefusesWhatItWouldNotHaveWritten) {
  for (const auto* text : {"A", "AA=", "A+AA", "A/AA", "AB", "QUJ\n"}) {
    EXPECT_FALSE(base64url_decode(text)) << text;
  }
}

TEST(JsonString, EscapesControlsAndQuotesButNotUnicode) {
  std::string out;
  append_json_string(out, std::string_view("a\"\\\n\x01\0é", 8));
  EXPECT_EQ(out, "\"a\\\"\\\\\\n\\u0001\\u0000é\"");
}

TEST(JsonString, EscapesAtEveryPlaceOfALongText) {
  const std::string plain = "plain text, \x7f and h\xc3\xa9llo, longer than a machine word";
  for (const std::string special : {"\"", "\\", "\n", "\x1f"}) {
    for (std::size_t at = 0; at <= plain.size(); ++at) {
      std::string out;
      append_json_string(out, plain.substr(0, at) + special + plain.substr(at));
      const std::string escaped = special == "\n"     ? "\\n"
                                  : special == "\x1f" ? "\\u001f"
                                                      : "\\" + special;
      EXPECT_EQ(out, '"' + plain.substr(0, at) + escaped + plain.substr(at) + '"');
    }
  }
}

TEST(Utf8, RefusesOverlongSurrogateAndCutSequences) {
  EXPECT_TRUE(is_utf8("plain € 😀 \xF4\x8F\xBF\xBF"));
  for (const auto* text : {"\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                           "\xE2\x82", "\x80", "\xFF", "\xF0\x8F\xBF\xBF"}) {
    EXPECT_FALSE(is_utf8(text)) << hex_encode(text);
  }
}

TEST(Hex, WritesSixteenDigits) {
  EXPECT_EQ(hex64(0x1fULL), "000000000000001f");
  EXPECT_EQ(hex_encode("\x01\xff"), "01ff");
}

}  // namespace
}  // namespace confab
#endif
