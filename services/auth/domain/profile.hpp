#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace confab::auth {

inline constexpr std::size_t kMaxUsernameCharacters = 32;
inline constexpr std::size_t kMaxNameCharacters = 64;
inline constexpr std::size_t kMinPasswordBytes = 8;
inline constexpr std::size_t kMaxPasswordBytes = 256;

/// 1 to 32 visible characters of any script: no blanks, no controls, nothing invisible, nothing
/// that turns the direction of text. A character is a Unicode code point.
[[nodiscard]] Result<> check_username(std::string_view username);

/// 1 to 64 characters, not all blank; spaces are welcome, controls and turns of direction are not.
[[nodiscard]] Result<> check_name(std::string_view name);

/// 8 to 256 bytes of any kind.
[[nodiscard]] Result<> check_password(std::string_view password);

/// Usernames with the same key are the same username. Folds the case of A to Z only: "Éva" and
/// "éva" are two users, as no Unicode tables are at hand here and databases differ in theirs.
[[nodiscard]] std::string username_key(std::string_view username);

}  // namespace confab::auth
