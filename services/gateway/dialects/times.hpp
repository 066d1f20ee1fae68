#pragma once

#include <cstdint>
#include <string>

namespace confab::gateway::dialects {

/// "2026-03-01T17:04:05.678Z", of milliseconds since 1970.
[[nodiscard]] std::string date_text(std::int64_t ms);

}  // namespace confab::gateway::dialects
