#pragma once

#include <string>
#include <vector>

namespace confab::ctl {

/// "confabctl verify" with its arguments. Returns the exit code: 0 all promises were kept, 1 one
/// was broken, 2 that could not be found out.
[[nodiscard]] int verify_command(const std::vector<std::string>& arguments);

}  // namespace confab::ctl
