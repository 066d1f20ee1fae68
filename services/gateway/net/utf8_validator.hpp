#pragma once

#include <cstdint>
#include <string_view>

namespace confab::gateway {

/// Checks UTF-8 (RFC 3629: shortest forms, no surrogates) that comes in pieces, which may end
/// inside a character.
class Utf8Validator {
 public:
  /// False when `text` cannot go on what was fed before; nothing may be fed after that.
  [[nodiscard]] bool feed(std::string_view text);

  /// Whether what was fed ends with a whole character.
  [[nodiscard]] bool complete() const { return missing_ == 0; }

 private:
  [[nodiscard]] bool begin(std::uint8_t lead);

  std::uint8_t missing_ = 0;  ///< Bytes that the character begun still needs.
  std::uint8_t low_ = 0x80;   ///< The bounds of the next of them.
  std::uint8_t high_ = 0xbf;
};

}  // namespace confab::gateway
