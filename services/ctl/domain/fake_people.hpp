#pragma once

#include <vector>

#include "ctl/domain/numbers.hpp"
#include "ctl/domain/provisioner.hpp"

namespace confab::ctl {

/// So many people who could be real, each with another username.
[[nodiscard]] std::vector<AccountPlan> fake_people(std::size_t count, Numbers& numbers);

}  // namespace confab::ctl
