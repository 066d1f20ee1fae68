#include "gateway/net/utf8_validator.hpp"

#include <cstring>

namespace confab::gateway {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// The first byte from `at` on that may not be ASCII, looked for eight bytes at a time.
const char* skip_ascii(const char* at, const char* end) {
  for (std::uint64_t word = 0; end - at >= 8; at += 8) {
    std::memcpy(&word, at, sizeof word);
    if ((word & kHighBits) != 0) break;
  }
  return at;
}

}  // namespace

bool Utf8Validator::feed(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    if (missing_ == 0) {
      at = skip_ascii(at, end);
      while (at != end && static_cast<signed char>(*at) >= 0) ++at;
      if (at == end) break;
      if (!begin(static_cast<std::uint8_t>(*at++))) return false;
    } else {
      const auto byte = static_cast<std::uint8_t>(*at++);
      if (byte < low_ || byte > high_) return false;
      low_ = 0x80;
      high_ = 0xbf;
      --missing_;
    }
  }
  return true;
}

bool Utf8Validator::begin(std::uint8_t lead) {
  if (lead < 0xc2 || lead > 0xf4) return false;
  missing_ = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  // The second byte tells long forms, surrogates and what is above U+10FFFF.
  if (lead == 0xe0) low_ = 0xa0;
  if (lead == 0xed) high_ = 0x9f;
  if (lead == 0xf0) low_ = 0x90;
  if (lead == 0xf4) high_ = 0x8f;
  return true;
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <string>

namespace confab::gateway {
namespace {

bool valid(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

/// What RFC 3629's table says of one character, read off its grammar.
bool well_formed(const std::string& c) {
  const auto in = [&c](std::size_t i, int low, int high) {
    const auto byte = static_cast<std::uint8_t>(c[i]);
    return byte >= low && byte <= high;
  };
  const auto tail = [&](std::size_t i) { return in(i, 0x80, 0xbf); };
  if (c.size() == 1) return in(0, 0, 0x7f);
  if (c.size() == 2) return in(0, 0xc2, 0xdf) && tail(1);
  if (c.size() == 3) {
    return tail(2) && ((in(0, 0xe0, 0xe0) && in(1, 0xa0, 0xbf)) || (in(0, 0xe1, 0xec) && tail(1)) ||
                       (in(0, 0xed, 0xed) && in(1, 0x80, 0x9f)) || (in(0, 0xee, 0xef) && tail(1)));
  }
  return tail(2) && tail(3) &&
         ((in(0, 0xf0, 0xf0) && in(1, 0x90, 0xbf)) || (in(0, 0xf1, 0xf3) && tail(1)) ||
          (in(0, 0xf4, 0xf4) && in(1, 0x80, 0x8f)));
}

TEST(Utf8Validator, KnowsEveryOneAndTwoByteSequence) {
  for (int a = 0; a < 256; ++a) {
    EXPECT_EQ(valid(std::string(1, static_cast<char>(a))), a < 0x80) << a;
    for (int b = 0; b < 256; ++b) {
      const std::string pair{static_cast<char>(a), static_cast<char>(b)};
      EXPECT_EQ(valid(pair), (a < 0x80 && b < 0x80) || well_formed(pair)) << a << ' ' << b;
    }
  }
}

TEST(Utf8Validator, KnowsEverySecondByteOfLongerCharacters) {
  for (int lead = 0xe0; lead < 256; ++lead) {
    for (int second = 0; second < 256; ++second) {
      std::string text{static_cast<char>(lead), static_cast<char>(second), '\x80'};
      if (lead >= 0xf0) text += '\x80';
      EXPECT_EQ(valid(text), well_formed(text)) << lead << ' ' << second;
      for (std::size_t i = 2; i < text.size(); ++i) {
        auto broken = text;
        broken[i] = 'x';
        EXPECT_FALSE(valid(broken));
      }
    }
  }
}

TEST(Utf8Validator, TakesTextCutAnywhere) {
  const std::string text = "0123456789 kαß… 漢字 🎉 0123456789abcdef";
  for (std::size_t i = 0; i <= text.size(); ++i) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.feed(text.substr(0, i)));
    EXPECT_EQ(validator.complete(), i == text.size() || (text[i] & 0xc0) != 0x80) << i;
    EXPECT_TRUE(validator.feed(text.substr(i)));
    EXPECT_TRUE(validator.complete());
  }
}

TEST(Utf8Validator, SeesABadByteAtEveryPlaceOfALongText) {
  for (std::size_t i = 0; i < 40; ++i) {
    std::string text(40, 'a');
    EXPECT_TRUE(valid(text));
    text[i] = '\xff';
    EXPECT_FALSE(valid(text)) << i;
    text[i] = '\xc3';
    EXPECT_FALSE(valid(text)) << i;
  }
}

}  // namespace
}  // namespace confab::gateway
#endif
