#include "common/postgres/migrate.hpp"

namespace confab::postgres {
namespace {

// Any fixed number will do; all schemas take turns.
constexpr auto kLock = "SELECT pg_advisory_xact_lock(7265241)";
// Building an index of a large table takes as long as it takes. Waiting for a lock does not: that
// stops everybody behind it, so lock_timeout stays, and who calls tries again.
constexpr auto kTakeYourTime = "SET LOCAL statement_timeout = 0";
constexpr auto kVersionTable = "SELECT to_regclass($1) IS NOT NULL";

int last_number(const std::vector<Migration>& migrations) {
  return migrations.empty() ? 0 : migrations.back().number;
}

/// 0 when the schema does not exist yet. `schema` is a constant of the program.
int current_version(pqxx::transaction_base& transaction, const std::string& schema) {
  const auto exists =
      transaction.exec_params1(kVersionTable, schema + ".schema_migrations")[0].as<bool>();
  if (!exists) return 0;
  return transaction
      .exec1("SELECT coalesce(max(number), 0) FROM " + schema + ".schema_migrations")[0]
      .as<int>();
}

void prepare(pqxx::work& transaction, const std::string& schema) {
  transaction.exec0("CREATE SCHEMA IF NOT EXISTS " + schema);
  transaction.exec0("CREATE TABLE IF NOT EXISTS " + schema +
                    ".schema_migrations (number int PRIMARY KEY, title text NOT NULL, "
                    "applied_at timestamptz NOT NULL DEFAULT now())");
}

/// Applies the next one, if any; returns whether it did.
Result<bool> apply_next(Pool& pool, const std::string& schema,
                        const std::vector<Migration>& migrations) {
  return pool.transact([&](pqxx::work& transaction) -> Result<bool> {
    transaction.exec0(kTakeYourTime);
    transaction.exec1(kLock);
    const int version = current_version(transaction, schema);
    if (version == 0) prepare(transaction, schema);
    for (const auto& migration : migrations) {
      if (migration.number <= version) continue;
      transaction.exec(std::string(migration.sql));
      transaction.exec_params0(
          "INSERT INTO " + schema + ".schema_migrations (number, title) VALUES ($1, $2)",
          migration.number, std::string(migration.title));
      return true;
    }
    return false;
  });
}

}  // namespace

Result<int> migrate(Pool& pool, const std::string& schema,
                    const std::vector<Migration>& migrations) {
  for (int applied = 0;; ++applied) {
    const auto done = apply_next(pool, schema, migrations);
    if (!done) return done.error();
    if (!*done) return applied;
  }
}

Result<> check_schema(Pool& pool, const std::string& schema,
                      const std::vector<Migration>& migrations) {
  const auto version = pool.query([&](pqxx::nontransaction& transaction) -> Result<int> {
    return current_version(transaction, schema);
  });
  if (!version) return version.error();
  const int wanted = last_number(migrations);
  if (*version < wanted) {
    return Error{ErrorCode::unavailable,
                 "schema " + schema + " is at version " + std::to_string(*version) + " of " +
                     std::to_string(wanted) + "; run this program with \"migrate\""};
  }
  if (*version > wanted) {
    return Error{ErrorCode::internal, "schema " + schema + " is at version " +
                                          std::to_string(*version) +
                                          ", newer than this program's " + std::to_string(wanted) +
                                          "; run a newer program"};
  }
  return {};
}

}  // namespace confab::postgres
