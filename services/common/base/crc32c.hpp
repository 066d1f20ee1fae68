#pragma once

#include <cstdint>
#include <string_view>

namespace confab {

/// CRC-32C (Castagnoli) of the bytes, by the processor where it can.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

}  // namespace confab
