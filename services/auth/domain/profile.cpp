#include "auth/domain/profile.hpp"

#include <algorithm>
#include <array>

#include "common/base/encoding.hpp"

namespace confab::auth {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode: controls, and what turns the direction of the text around it (UAX #9).
constexpr std::array kForbidden = {
    Range{0x00, 0x1F},     Range{0x7F, 0x9F},     Range{0x061C, 0x061C}, Range{0x200E, 0x200F},
    Range{0x2028, 0x202E}, Range{0x2066, 0x206F}, Range{0xFFF0, 0xFFFB}, Range{0xE0000, 0xE0FFF},
};

// Unicode: white space, joiners and other characters that show nothing.
constexpr std::array kInvisible = {
    Range{0x20, 0x20},     Range{0xA0, 0xA0},     Range{0xAD, 0xAD},     Range{0x034F, 0x034F},
    Range{0x115F, 0x1160}, Range{0x1680, 0x1680}, Range{0x17B4, 0x17B5}, Range{0x180B, 0x180F},
    Range{0x2000, 0x200D}, Range{0x202F, 0x202F}, Range{0x205F, 0x2065}, Range{0x2800, 0x2800},
    Range{0x3000, 0x3000}, Range{0x3164, 0x3164}, Range{0xFE00, 0xFE0F}, Range{0xFEFF, 0xFEFF},
    Range{0xFFA0, 0xFFA0},
};

template <std::size_t kCount>
bool holds(const std::array<Range, kCount>& ranges, char32_t character) {
  return std::any_of(ranges.begin(), ranges.end(), [character](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

bool is_forbidden(char32_t character) { return holds(kForbidden, character); }
bool is_invisible(char32_t character) { return holds(kInvisible, character); }

/// `text` must be UTF-8.
std::u32string code_points(std::string_view text) {
  std::u32string out;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte & 0xC0) == 0x80) {
      out.back() = (out.back() << 6) | (byte & 0x3F);
    } else {
      const unsigned mask = byte < 0x80 ? 0x7F : byte < 0xE0 ? 0x1F : byte < 0xF0 ? 0x0F : 0x07;
      out += static_cast<char32_t>(byte & mask);
    }
  }
  return out;
}

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

/// The characters of `text`, which `what` names in the refusal.
Result<std::u32string> checked_length(std::string_view text, std::size_t longest,
                                      const std::string& what) {
  const auto wrong_length =
      bad(what + " must have 1 to " + std::to_string(longest) + " characters");
  if (text.empty() || text.size() > longest * 4) return wrong_length;
  if (!is_utf8(text)) return bad(what + " is not valid UTF-8");
  auto characters = code_points(text);
  if (characters.size() > longest) return wrong_length;
  return characters;
}

}  // namespace

Result<> check_username(std::string_view username) {
  const auto characters = checked_length(username, kMaxUsernameCharacters, "the username");
  if (!characters) return characters.error();
  if (std::any_of(characters->begin(), characters->end(), is_forbidden) ||
      std::any_of(characters->begin(), characters->end(), is_invisible)) {
    return bad("the username may not hold spaces, control or invisible characters");
  }
  return {};
}

Result<> check_name(std::string_view name) {
  const auto characters = checked_length(name, kMaxNameCharacters, "the display name");
  if (!characters) return characters.error();
  if (std::any_of(characters->begin(), characters->end(), is_forbidden)) {
    return bad("the display name may not hold control characters or change the text direction");
  }
  if (std::all_of(characters->begin(), characters->end(), is_invisible)) {
    return bad("the display name may not be blank");
  }
  return {};
}

Result<> check_password(std::string_view password) {
  if (password.size() >= kMinPasswordBytes && password.size() <= kMaxPasswordBytes) return {};
  return bad("the password must have " + std::to_string(kMinPasswordBytes) + " to " +
             std::to_string(kMaxPasswordBytes) + " bytes");
}

std::string username_key(std::string_view username) {
  std::string key(username);
  for (char& character : key) {
    if (character >= 'A' && character <= 'Z') character = static_cast<char>(character - 'A' + 'a');
  }
  return key;
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::auth {
namespace {

std::string repeat(std::string_view part, int count) {
  std::string out;
  while (count-- > 0) out += part;
  return out;
}

TEST(Username, MayBeOfAnyScript) {
  for (const auto* username : {"a", "Ada.L_1-2", "Žofie", "用户", "مستخدم", "ü@host", "🦊"}) {
    EXPECT_TRUE(check_username(username)) << username;
  }
}

TEST(Username, CountsCharactersAndNotBytes) {
  EXPECT_TRUE(check_username(repeat("🦊", 32)));
  EXPECT_FALSE(check_username(repeat("🦊", 33)));
  EXPECT_FALSE(check_username(std::string(33, 'a')));
  EXPECT_FALSE(check_username(""));
}

TEST(Username, HoldsNothingThatCannotBeSeen) {
  for (const auto* part : {" ", "\t", "\n", "\x7F", "\u0085", "\u00A0", "\u00AD", "\u200B",
                           "\u200D", "\u202E", "\u2066", "\u3000", "\uFEFF"}) {
    EXPECT_FALSE(check_username(std::string("a") + part + "b")) << part;
  }
  EXPECT_FALSE(check_username(std::string("a\0b", 3)));
}

TEST(Username, IsValidUtf8) {
  const auto refused = check_username("a\xFF");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(refused.error().message, "the username is not valid UTF-8");
}

TEST(UsernameKey, FoldsTheCaseOfAsciiOnly) {
  EXPECT_EQ(username_key("Ada.L"), "ada.l");
  EXPECT_EQ(username_key("ÉVA"), "Éva");
}

TEST(DisplayName, MayHoldSpacesAndJoinedEmoji) {
  EXPECT_TRUE(check_name("Ada Lovelace"));
  EXPECT_TRUE(check_name("👩‍🚀 Ada"));
  EXPECT_TRUE(check_name(std::string(64, 'a')));
}

TEST(DisplayName, IsNeitherBlankNorMisleading) {
  for (const auto& name : {std::string(), std::string("  "), std::string("\u200B"),
                           std::string("a\nb"), std::string("a\u202Eb"), std::string(65, 'a')}) {
    EXPECT_FALSE(check_name(name)) << name;
  }
}

TEST(Password, HasEightTo256Bytes) {
  EXPECT_FALSE(check_password("1234567"));
  EXPECT_TRUE(check_password("12345678"));
  EXPECT_TRUE(check_password(std::string(256, '\xFF')));
  EXPECT_FALSE(check_password(std::string(257, 'a')));
}

}  // namespace
}  // namespace confab::auth
#endif
