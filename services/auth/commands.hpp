#pragma once

#include <string>
#include <vector>

#include "auth/domain/key_ring.hpp"
#include "common/postgres/migrate.hpp"
#include "common/runtime/process.hpp"

namespace confab::auth {

// The subcommands of confab-auth. Each returns the exit code.

/// Waits for PostgreSQL and brings the schema up to date.
int migrate(runtime::Process& process, postgres::Pool& pool, const std::string& schema,
            const std::vector<postgres::Migration>& migrations);

/// Adds a signing key that replaces the present one within KeyRing::kActivation.
int rotate_key(runtime::Process& process, KeyRing& keys);

}  // namespace confab::auth
