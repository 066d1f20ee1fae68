#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace confab::ctl {

/// Milliseconds since 1970 of a date in UTC as dumps have it: "2019-01-21T10:41:14.468Z", with a
/// space for the T, with or without Z and fraction. Nothing of anything else.
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string text);

}  // namespace confab::ctl
