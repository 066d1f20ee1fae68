#include "auth/storage/pg_account_store.hpp"

#include "auth/storage/sql_values.hpp"
#include "common/postgres/horizon.hpp"

namespace confab::auth {
namespace {

constexpr auto kInsertUser =
    "INSERT INTO auth.users (uuid, username, username_key, name, password_hash) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (username_key) DO NOTHING RETURNING id";

constexpr auto kInsertSession =
    "INSERT INTO auth.sessions (id, user_id, family_digest, rotation_digest, created_at, "
    "expires_at) SELECT $1, id, $3, $4, 'epoch'::timestamptz + $5 * interval '1 microsecond', "
    "'epoch'::timestamptz + $6 * interval '1 microsecond' FROM auth.users "
    // Waits for a change of the password and for an erasure under way, and they wait for it: either
    // they are seen here, or they see the session and end it.
    "WHERE id = $2 AND password_hash = $7 AND deleted_at IS NULL FOR SHARE";

constexpr auto kFindCredentials =
    "SELECT id, uuid, username, name, password_hash FROM auth.users WHERE username_key = $1 "
    "AND deleted_at IS NULL";

constexpr auto kReplaceHash =
    "UPDATE auth.users SET password_hash = $3 WHERE id = $1 AND password_hash = $2";

constexpr auto kLookup =
    "SELECT id, uuid, username, name FROM auth.users WHERE username_key = ANY($1::text[]) "
    "AND deleted_at IS NULL "
    "UNION SELECT id, uuid, username, name FROM auth.users WHERE id = ANY($2::bigint[]) "
    "AND deleted_at IS NULL";

// Of two at once the second waits for the row, then finds another rotation_digest in it.
constexpr auto kRotate =
    "UPDATE auth.sessions s SET rotation_digest = $3, previous_digest = $2, seed = $6, "
    "rotated_at = 'epoch'::timestamptz + $4 * interval '1 microsecond', "
    "expires_at = 'epoch'::timestamptz + $5 * interval '1 microsecond' "
    "FROM auth.users u WHERE s.family_digest = $1 AND s.rotation_digest = $2 "
    "AND s.revoked_at IS NULL "
    "AND s.expires_at > 'epoch'::timestamptz + $4 * interval '1 microsecond' "
    "AND u.id = s.user_id AND u.deleted_at IS NULL RETURNING u.id, u.uuid, u.username, u.name, "
    "s.id";

constexpr auto kFindRepeat =
    "SELECT u.id, u.uuid, u.username, u.name, s.id, s.seed FROM auth.sessions s "
    "JOIN auth.users u ON u.id = s.user_id AND u.deleted_at IS NULL "
    "WHERE s.family_digest = $1 AND s.previous_digest = $2 AND s.revoked_at IS NULL "
    "AND s.rotated_at > 'epoch'::timestamptz + $4 * interval '1 microsecond' "
    "AND s.expires_at > 'epoch'::timestamptz + $3 * interval '1 microsecond'";

constexpr auto kRevokeReused =
    "UPDATE auth.sessions SET revoked_at = clock_timestamp() WHERE family_digest = $1 "
    "AND rotation_digest <> $2 AND revoked_at IS NULL RETURNING id, user_id";

// Also writes for the second time, so that its answer is as durable as the first one should be.
constexpr auto kRevoke =
    "WITH old AS (SELECT id, revoked_at FROM auth.sessions WHERE id = $1 FOR UPDATE) "
    "UPDATE auth.sessions s SET revoked_at = coalesce(old.revoked_at, clock_timestamp()) FROM old "
    "WHERE s.id = old.id RETURNING old.revoked_at IS NULL";

// One from a server whose clock was ahead counts as now.
const std::string kCursor =
    std::string("SELECT (extract(epoch FROM ") + postgres::kHorizon + ") * 1000000)::bigint";
constexpr auto kRevocations =
    "SELECT id FROM auth.sessions "
    "WHERE revoked_at > 'epoch'::timestamptz + $1 * interval '1 microsecond'";

constexpr auto kPurge =
    "DELETE FROM auth.sessions WHERE id IN (SELECT id FROM auth.sessions "
    "WHERE expires_at < 'epoch'::timestamptz + $1 * interval '1 microsecond' LIMIT 1000)";

/// Whether the user is there and has this hash.
bool insert_session(pqxx::work& transaction, std::int64_t user_id, const std::string& password_hash,
                    const NewSession& session) {
  const auto inserted =
      transaction.exec_params(kInsertSession, session.id, user_id, bytea(session.family_digest),
                              bytea(session.rotation_digest), microseconds(session.created_at),
                              microseconds(session.expires_at), password_hash);
  return inserted.affected_rows() == 1;
}

}  // namespace

Result<User> PgAccountStore::create(const NewUser& user, const NewSession& session) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<User> {
    const auto rows = transaction.exec_params(kInsertUser, user.uuid, user.username,
                                              user.username_key, user.name, user.password_hash);
    if (rows.empty()) return Error{ErrorCode::username_taken, "the username is taken"};
    const auto id = rows[0][0].as<std::int64_t>();
    insert_session(transaction, id, user.password_hash, session);
    return User{id, user.uuid, user.username, user.name};
  });
}

Result<std::optional<Credentials>> PgAccountStore::find_credentials(
    const std::string& username_key) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<std::optional<Credentials>> {
    const auto rows = transaction.exec_params(kFindCredentials, username_key);
    if (rows.empty()) return std::optional<Credentials>();
    return std::optional(Credentials{user_from(rows[0]), rows[0][4].c_str()});
  });
}

Result<> PgAccountStore::replace_password_hash(std::int64_t user_id, const std::string& old_hash,
                                               const std::string& new_hash) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec_params0(kReplaceHash, user_id, old_hash, new_hash);
    return {};
  });
}

Result<std::vector<User>> PgAccountStore::lookup(const std::vector<std::string>& username_keys,
                                                 const std::vector<std::int64_t>& ids) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<User>> {
    std::vector<User> users;
    for (const auto& row : transaction.exec_params(kLookup, postgres::array_literal(username_keys),
                                                   postgres::array_literal(ids))) {
      users.push_back(user_from(row));
    }
    return users;
  });
}

Result<> PgAccountStore::open_session(std::int64_t user_id, const std::string& password_hash,
                                      const NewSession& session) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<> {
    if (insert_session(transaction, user_id, password_hash, session)) return {};
    return Error{ErrorCode::invalid_credentials, "the account or its password has changed"};
  });
}

Result<RotatedSession> PgAccountStore::rotate(const SessionRotation& rotation) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<RotatedSession> {
    const auto family = bytea(rotation.family_digest);
    const auto presented = bytea(rotation.rotation_digest);
    const auto rotated = transaction.exec_params(
        kRotate, family, presented, bytea(rotation.next_rotation_digest),
        microseconds(rotation.now), microseconds(rotation.expires_at), bytea(rotation.seed));
    if (!rotated.empty()) {
      return RotatedSession{RotationOutcome::rotated, rotated[0][4].c_str(), user_from(rotated[0])};
    }
    const auto repeat =
        transaction.exec_params(kFindRepeat, family, presented, microseconds(rotation.now),
                                microseconds(rotation.grace_from));
    if (!repeat.empty()) {
      return RotatedSession{RotationOutcome::repeated, repeat[0][4].c_str(), user_from(repeat[0]),
                            bytes_of(repeat[0][5])};
    }
    const auto ended = transaction.exec_params(kRevokeReused, family, presented);
    if (ended.empty()) return RotatedSession{};
    return RotatedSession{RotationOutcome::reused, ended[0][0].c_str(),
                          User{ended[0][1].as<std::int64_t>(), {}, {}, {}}};
  });
}

Result<bool> PgAccountStore::revoke(const std::string& session_id) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<bool> {
    const auto rows = transaction.exec_params(kRevoke, session_id);
    return !rows.empty() && rows[0][0].as<bool>();
  });
}

Result<Revocations> PgAccountStore::revocations(std::int64_t cursor, std::chrono::seconds window) {
  return pool_.query([&](pqxx::nontransaction& transaction) -> Result<Revocations> {
    Revocations out;
    out.cursor = transaction.exec1(kCursor)[0].as<std::int64_t>();
    const auto since = std::max(
        out.cursor - std::chrono::microseconds(window).count(),
        std::min(cursor, out.cursor) - std::chrono::microseconds(kRevocationOverlap).count());
    for (const auto& row : transaction.exec_params(kRevocations, since)) {
      out.session_ids.emplace_back(row[0].c_str());
    }
    return out;
  });
}

Result<std::int64_t> PgAccountStore::purge_sessions(Time time) {
  for (std::int64_t purged = 0;;) {
    const auto batch = pool_.transact([&](pqxx::work& transaction) -> Result<std::int64_t> {
      return static_cast<std::int64_t>(
          transaction.exec_params(kPurge, microseconds(time)).affected_rows());
    });
    if (!batch) return batch;
    purged += *batch;
    if (*batch == 0) return purged;
  }
}

}  // namespace confab::auth
