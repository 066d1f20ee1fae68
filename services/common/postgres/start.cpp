#include "common/postgres/start.hpp"

namespace confab::postgres {

int migrate_command(runtime::Process& process, Pool& pool, const std::string& schema,
                    const std::vector<Migration>& migrations) {
  const auto stopped = process.await("postgres", [&]() -> Result<> {
    const auto applied = migrate(pool, schema, migrations);
    if (!applied) return applied.error();
    process.log().info("migrated", {{"schema", schema}, {"applied", *applied}});
    return {};
  });
  return stopped ? 1 : 0;
}

std::optional<int> await_schema(runtime::Process& process, Pool& pool, const std::string& schema,
                                const std::vector<Migration>& migrations) {
  return process.await("postgres", [&] { return check_schema(pool, schema, migrations); });
}

}  // namespace confab::postgres
