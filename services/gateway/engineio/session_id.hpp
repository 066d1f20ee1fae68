#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>

#include "common/base/encoding.hpp"
#include "common/base/random.hpp"

namespace confab::gateway {

/// 120 random bits as 20 characters of base64url, kept in place.
class SessionId {
 public:
  static constexpr std::size_t kCharacters = 20;

  [[nodiscard]] static SessionId make(Random& random) {
    SessionId id;
    const auto text = base64url_encode(random.bytes(kBytes));
    std::copy_n(text.begin(), kCharacters, id.text_.begin());
    return id;
  }

  /// `text` is that of one that make() made.
  [[nodiscard]] static SessionId of(std::string_view text) {
    assert(text.size() == kCharacters);
    SessionId id;
    std::copy_n(text.begin(), kCharacters, id.text_.begin());
    return id;
  }

  [[nodiscard]] std::string_view view() const { return {text_.data(), text_.size()}; }

 private:
  static constexpr std::size_t kBytes = 15;

  std::array<char, kCharacters> text_{};
};

}  // namespace confab::gateway
