#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/random.hpp"

namespace confab {

/// 16 bytes with the text form of RFC 9562.
struct Uuid {
  std::array<std::uint8_t, 16> octets{};

  /// Version 4: random.
  [[nodiscard]] static Uuid make(Random& random);
  /// From 16 raw bytes; nothing for any other length.
  [[nodiscard]] static std::optional<Uuid> from_bytes(std::string_view bytes);
  /// From the canonical 36-character form, either case.
  [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);

  [[nodiscard]] std::string bytes() const;
  /// The 16 bytes; valid as long as the uuid.
  [[nodiscard]] std::string_view view() const {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
  }
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Uuid&, const Uuid&) = default;
};

}  // namespace confab
