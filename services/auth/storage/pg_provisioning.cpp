// The part of PgAccountStore that keeps accounts in bulk: three statements for any number of them.
#include <unordered_map>
#include <unordered_set>

#include "auth/storage/pg_account_store.hpp"
#include "auth/storage/sql_values.hpp"
#include "common/base/encoding.hpp"

namespace confab::auth {
namespace {

// In the order of the keys, so that two batches with the same names cannot deadlock.
constexpr auto kInsertUsers =
    "INSERT INTO auth.users (uuid, username, username_key, name, password_hash) "
    "SELECT u.uuid, u.username, u.username_key, u.name, u.password_hash "
    "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) "
    "AS u (uuid, username, username_key, name, password_hash) ORDER BY u.username_key "
    "ON CONFLICT (username_key) DO NOTHING RETURNING username_key";

// Locked, so that an erasure either is seen here or sees the sessions.
constexpr auto kFindUsers =
    "SELECT id, uuid, username, name, username_key FROM auth.users "
    "WHERE username_key = ANY($1::text[]) AND deleted_at IS NULL FOR SHARE";

constexpr auto kInsertSessions =
    "INSERT INTO auth.sessions (id, user_id, family_digest, rotation_digest, created_at, "
    "expires_at) SELECT s.id, s.user_id, decode(s.family_digest, 'hex'), "
    "decode(s.rotation_digest, 'hex'), 'epoch'::timestamptz + s.created * interval '1 microsecond',"
    " 'epoch'::timestamptz + s.expires * interval '1 microsecond' "
    "FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[]) "
    "AS s (id, user_id, family_digest, rotation_digest, created, expires)";

/// An array literal of one field of each item.
template <typename Value, typename Items, typename Field>
std::string column(const Items& items, Field field) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const auto& item : items) values.push_back(field(item));
  return postgres::array_literal(values);
}

template <typename Items, typename Field>
std::string texts(const Items& items, Field field) {
  return column<std::string>(items, field);
}
template <typename Items, typename Field>
std::string numbers(const Items& items, Field field) {
  return column<std::int64_t>(items, field);
}

std::string keys_of(std::span<const NewUser> users) {
  return texts(users, [](const NewUser& user) { return user.username_key; });
}

/// The keys of those that were made.
std::unordered_set<std::string> insert_users(pqxx::work& transaction,
                                             std::span<const NewUser> users) {
  const auto rows = transaction.exec_params(
      kInsertUsers, texts(users, [](const NewUser& user) { return user.uuid; }),
      texts(users, [](const NewUser& user) { return user.username; }), keys_of(users),
      texts(users, [](const NewUser& user) { return user.name; }),
      texts(users, [](const NewUser& user) { return user.password_hash; }));
  std::unordered_set<std::string> made;
  for (const auto& row : rows) made.emplace(row[0].c_str());
  return made;
}

std::unordered_map<std::string, User> find_users(pqxx::work& transaction,
                                                 std::span<const NewUser> users) {
  std::unordered_map<std::string, User> found;
  for (const auto& row : transaction.exec_params(kFindUsers, keys_of(users))) {
    found.emplace(row[4].c_str(),
                  User{row[0].as<std::int64_t>(), row[1].c_str(), row[2].c_str(), row[3].c_str()});
  }
  return found;
}

void insert_sessions(pqxx::work& transaction, const std::vector<KeptUser>& kept,
                     std::span<const NewSession> sessions) {
  transaction.exec_params0(
      kInsertSessions, texts(sessions, [](const NewSession& session) { return session.id; }),
      numbers(kept, [](const KeptUser& one) { return one.user.id; }),
      texts(sessions, [](const NewSession& session) { return hex_encode(session.family_digest); }),
      texts(sessions,
            [](const NewSession& session) { return hex_encode(session.rotation_digest); }),
      numbers(sessions, [](const NewSession& session) { return microseconds(session.created_at); }),
      numbers(sessions,
              [](const NewSession& session) { return microseconds(session.expires_at); }));
}

}  // namespace

Result<std::vector<KeptUser>> PgAccountStore::provision(std::span<const NewUser> users,
                                                        std::span<const NewSession> sessions) {
  return pool_.transact([&](pqxx::work& transaction) -> Result<std::vector<KeptUser>> {
    const auto made = insert_users(transaction, users);
    // Also sees what another transaction committed while the insert waited for it.
    const auto found = find_users(transaction, users);
    std::vector<KeptUser> kept;
    for (const auto& user : users) {
      const auto one = found.find(user.username_key);
      if (one == found.end()) {
        return Error{ErrorCode::username_taken,
                     "\"" + user.username + "\" was the username of a deleted account"};
      }
      kept.push_back({one->second, made.contains(user.username_key)});
    }
    insert_sessions(transaction, kept, sessions);
    return kept;
  });
}

}  // namespace confab::auth
