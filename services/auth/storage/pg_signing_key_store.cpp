#include "auth/storage/pg_signing_key_store.hpp"

#include "auth/storage/sql_values.hpp"

namespace confab::auth {
namespace {

// Any fixed number will do: whoever adds a key waits for whoever is adding one.
constexpr auto kLock = "SELECT pg_advisory_xact_lock(7265242)";

constexpr auto kLoad =
    "SELECT kid, seed, resume_key, (extract(epoch FROM created_at) * 1000000)::bigint, "
    "(extract(epoch FROM retired_at) * 1000000)::bigint FROM auth.signing_keys "
    "ORDER BY created_at, kid";

constexpr auto kInsert =
    "INSERT INTO auth.signing_keys (kid, seed, resume_key, created_at) "
    "VALUES ($1, $2, $3, 'epoch'::timestamptz + $4 * interval '1 microsecond')";

constexpr auto kIsEmpty = "SELECT NOT EXISTS (SELECT FROM auth.signing_keys)";

constexpr auto kRetire =
    "UPDATE auth.signing_keys "
    "SET retired_at = 'epoch'::timestamptz + $1 * interval '1 microsecond' "
    "WHERE retired_at IS NULL";

void insert(pqxx::work& transaction, const SigningKey& key) {
  transaction.exec_params0(kInsert, key.kid, bytea(key.seed), bytea(key.resume_key),
                           microseconds(key.created_at));
}

}  // namespace

Result<std::vector<SigningKey>> PgSigningKeyStore::load() {
  return pool_.query([](pqxx::nontransaction& transaction) -> Result<std::vector<SigningKey>> {
    std::vector<SigningKey> keys;
    for (const auto& row : transaction.exec(kLoad)) {
      keys.push_back({row[0].c_str(), bytes_of(row[1]), bytes_of(row[2]),
                      time_from(row[3].as<std::int64_t>()), std::nullopt});
      if (!row[4].is_null()) keys.back().retired_at = time_from(row[4].as<std::int64_t>());
    }
    return keys;
  });
}

Result<> PgSigningKeyStore::add_first(const SigningKey& key) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec1(kLock);
    if (transaction.exec1(kIsEmpty)[0].as<bool>()) insert(transaction, key);
    return {};
  });
}

Result<> PgSigningKeyStore::rotate(const SigningKey& key, Time retire_at) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec1(kLock);
    transaction.exec_params0(kRetire, microseconds(retire_at));
    insert(transaction, key);
    return {};
  });
}

}  // namespace confab::auth
