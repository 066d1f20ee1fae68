// What users do to their own accounts and see of others': the rest of PgAccountStore.
#include "auth/storage/pg_account_store.hpp"
#include "auth/storage/sql_values.hpp"

namespace confab::auth {
namespace {

constexpr auto kSessions =
    "SELECT id, (extract(epoch FROM created_at) * 1000000)::bigint, "
    "(extract(epoch FROM coalesce(rotated_at, created_at)) * 1000000)::bigint FROM auth.sessions "
    "WHERE user_id = $1 AND revoked_at IS NULL "
    "AND expires_at > 'epoch'::timestamptz + $2 * interval '1 microsecond' "
    "ORDER BY coalesce(rotated_at, created_at) DESC, id LIMIT $3";

constexpr auto kRevokeAll =
    "UPDATE auth.sessions SET revoked_at = clock_timestamp() WHERE user_id = $1 "
    "AND revoked_at IS NULL AND id::text <> $2 RETURNING id";

constexpr auto kFind =
    "SELECT id, uuid, username, name FROM auth.users WHERE deleted_at IS NULL "
    "AND (username_key = $1 OR id = $2) ORDER BY username_key <> $1 LIMIT 1";
constexpr auto kFindByUuid =
    "SELECT id, uuid, username, name FROM auth.users WHERE deleted_at IS NULL "
    "AND (username_key = $1 OR uuid = $2) ORDER BY username_key <> $1 LIMIT 1";

// Each half is a range of an index, read no further than the limit.
constexpr auto kSearch =
    "SELECT id, uuid, username, name FROM ("
    " (SELECT id, uuid, username, name, username_key FROM auth.users"
    "  WHERE username_key ^@ $1 AND deleted_at IS NULL ORDER BY username_key LIMIT $3)"
    " UNION"
    " (SELECT id, uuid, username, name, username_key FROM auth.users"
    "  WHERE (lower(name) COLLATE \"C\") ^@ lower($2) AND deleted_at IS NULL"
    "  ORDER BY lower(name) COLLATE \"C\", username_key LIMIT $3)"
    ") AS found ORDER BY username_key LIMIT $3";

constexpr auto kRename =
    "UPDATE auth.users SET name = $2, name_version = greatest(name_version + 1, "
    "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint) "
    "WHERE id = $1 AND deleted_at IS NULL RETURNING id, uuid, username, name, name_version";

constexpr auto kCredentials =
    "SELECT id, uuid, username, name, password_hash FROM auth.users WHERE id = $1 "
    "AND deleted_at IS NULL";

constexpr auto kChangeHash =
    "UPDATE auth.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2 "
    "AND deleted_at IS NULL";

constexpr auto kErase =
    "UPDATE auth.users SET username = $2, name = $3, password_hash = '', "
    "deleted_at = clock_timestamp() WHERE id = $1 AND deleted_at IS NULL";

std::vector<std::string> revoke_all(pqxx::work& transaction, std::int64_t user_id,
                                    const std::string& except) {
  std::vector<std::string> ended;
  for (const auto& row : transaction.exec_params(kRevokeAll, user_id, except)) {
    ended.emplace_back(row[0].c_str());
  }
  return ended;
}

Error nobody() { return {ErrorCode::user_not_found, "the user does not exist"}; }

}  // namespace

Result<std::vector<SessionInfo>> PgAccountStore::sessions_of(std::int64_t user_id, Time now,
                                                             std::size_t limit) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<SessionInfo>> {
    std::vector<SessionInfo> sessions;
    for (const auto& row : transaction.exec_params(kSessions, user_id, microseconds(now),
                                                   static_cast<std::int64_t>(limit))) {
      sessions.push_back({row[0].c_str(), time_from(row[1].as<std::int64_t>()),
                          time_from(row[2].as<std::int64_t>())});
    }
    return sessions;
  });
}

Result<std::vector<std::string>> PgAccountStore::revoke_all(std::int64_t user_id,
                                                            const std::string& except) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<std::vector<std::string>> {
    return auth::revoke_all(transaction, user_id, except);
  });
}

Result<std::optional<User>> PgAccountStore::find(const UserHandle& handle) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<std::optional<User>> {
    const auto rows =
        handle.uuid.empty()
            ? transaction.exec_params(kFind, handle.username_key, handle.id.value_or(0))
            : transaction.exec_params(kFindByUuid, handle.username_key, handle.uuid);
    if (rows.empty()) return std::optional<User>();
    return std::optional(user_from(rows[0]));
  });
}

Result<std::vector<User>> PgAccountStore::search(const std::string& key, const std::string& name,
                                                 std::size_t limit) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<User>> {
    std::vector<User> users;
    for (const auto& row :
         transaction.exec_params(kSearch, key, name, static_cast<std::int64_t>(limit))) {
      users.push_back(user_from(row));
    }
    return users;
  });
}

Result<Renamed> PgAccountStore::rename(std::int64_t user_id, const std::string& name) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<Renamed> {
    const auto rows = transaction.exec_params(kRename, user_id, name);
    if (rows.empty()) return nobody();
    return Renamed{user_from(rows[0]), rows[0][4].as<std::int64_t>()};
  });
}

Result<Credentials> PgAccountStore::credentials_of(std::int64_t user_id) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<Credentials> {
    const auto rows = transaction.exec_params(kCredentials, user_id);
    if (rows.empty()) return nobody();
    return Credentials{user_from(rows[0]), rows[0][4].c_str()};
  });
}

Result<std::optional<std::vector<std::string>>> PgAccountStore::change_password(
    std::int64_t user_id, const std::string& old_hash, const std::string& new_hash,
    const std::string& except) {
  using Ended = std::optional<std::vector<std::string>>;
  return pool_.transact([&](pqxx::work& transaction) -> Result<Ended> {
    const auto changed = transaction.exec_params(kChangeHash, user_id, old_hash, new_hash);
    if (changed.affected_rows() == 0) return Ended();
    return Ended(auth::revoke_all(transaction, user_id, except));
  });
}

Result<std::vector<std::string>> PgAccountStore::erase(const User& ghost) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<std::vector<std::string>> {
    const auto erased = transaction.exec_params(kErase, ghost.id, ghost.username, ghost.name);
    if (erased.affected_rows() == 0) return nobody();
    return auth::revoke_all(transaction, ghost.id, {});
  });
}

}  // namespace confab::auth
