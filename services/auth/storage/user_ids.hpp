#pragma once

#include <cstdint>

#include "common/base/result.hpp"
#include "common/postgres/pool.hpp"

namespace confab::auth {

/// Passes over the next `count` ids of users, and answers the last of them. After a restore of a
/// backup: tokens of users who signed up after it count until they expire, and by their ids.
[[nodiscard]] Result<std::int64_t> skip_user_ids(postgres::Pool& pool, std::int64_t count);

}  // namespace confab::auth
