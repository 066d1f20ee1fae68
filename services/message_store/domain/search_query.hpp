#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace confab::message_store {

inline constexpr std::size_t kMaxQueryBytes = 256;
inline constexpr std::size_t kMaxQueryTerms = 16;

/// What a message must have to be found: all of it.
struct SearchTerms {
  std::vector<std::string> words;
  std::vector<std::string> prefixes;  ///< Without the '*'.
  std::vector<std::string> phrases;   ///< Without the quotes.

  [[nodiscard]] std::size_t size() const { return words.size() + prefixes.size() + phrases.size(); }
};

/// Words by blanks; `wor*` is a prefix; `"two words"` a phrase, also without the closing quote.
/// invalid_argument when it is empty, no UTF-8, has NUL, or is above a limit.
[[nodiscard]] Result<SearchTerms> parse_search(std::string_view text);

}  // namespace confab::message_store
