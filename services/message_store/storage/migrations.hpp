#pragma once

#include <vector>

#include "common/postgres/migrate.hpp"

namespace confab::message_store {

/// The schema's name and its history; the SQL stands in ../migrations.
inline constexpr auto kSchema = "chat";
extern const std::vector<postgres::Migration> kMigrations;

}  // namespace confab::message_store
