#pragma once

#include <vector>

#include "common/postgres/migrate.hpp"

namespace confab::auth {

/// The files of migrations/, compiled in.
extern const std::vector<postgres::Migration> kMigrations;

/// The schema they build.
inline constexpr auto kSchema = "auth";

}  // namespace confab::auth
