#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace confab::gateway {

/// Nesting beyond this is refused, in every JSON text a client sends.
inline constexpr int kMaxJsonDepth = 16;

/// Where the JSON value that begins at `begin` ends, one past its last character. Nothing when
/// there is no well-formed one (RFC 8259) or it is nested too deeply. Strings must be UTF-8
/// already.
[[nodiscard]] std::optional<std::size_t> json_value_end(std::string_view text, std::size_t begin);

/// Whether `text` is one JSON value and nothing else.
[[nodiscard]] bool is_json(std::string_view text);

/// The first position from `begin` on which is not JSON white space.
[[nodiscard]] std::size_t skip_json_space(std::string_view text, std::size_t begin);

}  // namespace confab::gateway
