#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace confab::gateway {

/// Appends RFC 4648 section 4 base64 with padding, as polling carries binary messages.
void append_base64(std::string& out, std::string_view bytes);

/// The bytes, or nothing when `text` is not exactly what append_base64() writes.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

/// Characters that `bytes` bytes take in base64.
[[nodiscard]] constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

}  // namespace confab::gateway
