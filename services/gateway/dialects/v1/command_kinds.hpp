#pragma once

#include <string_view>

#include "gateway/domain/call_limits.hpp"

namespace confab::gateway::dialects {

/// Stands for what users do to their accounts by REST alone.
inline constexpr std::string_view kAffair = "account";

/// Which rate a command counts for (docs/protocol.md, "Rates"); other for what there is not.
[[nodiscard]] CallKind kind_of_command(std::string_view name);

}  // namespace confab::gateway::dialects
