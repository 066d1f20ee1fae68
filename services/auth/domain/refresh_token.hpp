#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"

namespace confab::auth {

/// A refresh token: 64 characters that mean nothing to a client. The first part stays for the life
/// of its session, the second is new at each rotation. Only their digests are stored, one pair a
/// session, and that is enough to know every earlier token again: who knows the family but not the
/// current rotation holds a token that was used before, as nobody else ever saw the family.
struct RefreshToken {
  static constexpr std::size_t kFamilyBytes = 16;
  static constexpr std::size_t kRotationBytes = 32;

  std::string family;
  std::string rotation;

  [[nodiscard]] static RefreshToken make(Random& random);
  /// Nothing when `text` cannot be a refresh token.
  [[nodiscard]] static std::optional<RefreshToken> parse(std::string_view text);

  /// The token after this one; `next_rotation` has kRotationBytes.
  [[nodiscard]] RefreshToken next(std::string next_rotation) const;
  [[nodiscard]] std::string text() const;

  friend bool operator==(const RefreshToken&, const RefreshToken&) = default;
};

}  // namespace confab::auth
