#include "auth/commands.hpp"

namespace confab::auth {

int migrate(runtime::Process& process, postgres::Pool& pool, const std::string& schema,
            const std::vector<postgres::Migration>& migrations) {
  const auto stopped = process.await("postgres", [&]() -> Result<> {
    const auto applied = postgres::migrate(pool, schema, migrations);
    if (!applied) return applied.error();
    process.log().info("migrated", {{"schema", schema}, {"applied", *applied}});
    return {};
  });
  return stopped ? 1 : 0;
}

int rotate_key(runtime::Process& process, KeyRing& keys) {
  const auto kid = keys.rotate();
  if (!kid) return process.refuse(kid.error());
  process.log().info("signing_key_added",
                     {{"kid", *kid}, {"signs_in_s", KeyRing::kActivation.count()}});
  return 0;
}

}  // namespace confab::auth
