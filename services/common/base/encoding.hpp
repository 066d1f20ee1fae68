#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace confab {

/// Lower-case hex of the bytes.
[[nodiscard]] std::string hex_encode(std::string_view bytes);

/// RFC 4648 section 5 without padding.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);

/// The bytes, or nothing when `text` holds padding, a foreign character or stray bits.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

/// Appends `text` to `out` as a quoted JSON string. `text` must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// Whether `text` is well-formed UTF-8 (RFC 3629: shortest forms, no surrogates).
[[nodiscard]] bool is_utf8(std::string_view text);

/// 16 hex digits, most significant first: the text form of room ids in channel names and logs.
[[nodiscard]] std::string hex64(std::uint64_t value);

}  // namespace confab
