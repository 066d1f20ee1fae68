#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/postgres/migrate.hpp"
#include "common/runtime/process.hpp"

namespace confab::postgres {

/// The subcommand "migrate": waits for PostgreSQL and brings the schema up to date. Returns the
/// exit code.
[[nodiscard]] int migrate_command(runtime::Process& process, Pool& pool, const std::string& schema,
                                  const std::vector<Migration>& migrations);

/// Waits until the schema is the one this program was built for. The exit code when it gives up.
[[nodiscard]] std::optional<int> await_schema(runtime::Process& process, Pool& pool,
                                              const std::string& schema,
                                              const std::vector<Migration>& migrations);

}  // namespace confab::postgres
