#pragma once

#include <string_view>

#include "common/base/result.hpp"

namespace confab::postgres {

/// Whether `url` has the form
/// postgresql://[user[:password]@]host[:port][,host[:port]...][/database]
/// [?key=value...], so that a mistake stops the start instead of looking like a server that is
/// away. Nothing is looked up or connected to. invalid_argument otherwise, without the password.
[[nodiscard]] Result<> check_url(std::string_view url);

}  // namespace confab::postgres
