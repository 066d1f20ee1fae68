#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/postgres/pool.hpp"

namespace confab::postgres {

/// One numbered SQL file, compiled into the service that owns the schema.
struct Migration {
  int number;  ///< 1, 2, 3 ... without holes.
  std::string_view title;
  std::string_view sql;
};

/// Brings `schema` up to the last of `migrations`, each in a transaction of its own, under an
/// advisory lock so that several processes may try at once. Returns how many were applied.
[[nodiscard]] Result<int> migrate(Pool& pool, const std::string& schema,
                                  const std::vector<Migration>& migrations);

/// Success when the schema is at the last migration. unavailable (retry) when it is behind,
/// internal when it is newer than this program: never run old code on a new schema.
[[nodiscard]] Result<> check_schema(Pool& pool, const std::string& schema,
                                    const std::vector<Migration>& migrations);

}  // namespace confab::postgres
