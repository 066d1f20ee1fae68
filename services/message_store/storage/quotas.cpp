#include "message_store/storage/quotas.hpp"

#include "common/postgres/pool.hpp"

namespace confab::message_store {
namespace {

// Users share a fixed number of locks, because PostgreSQL has room for some thousands in all and a
// room may be made with as many members; in their order, lest two wait for each other.
constexpr auto kLock =
    "SELECT pg_advisory_xact_lock(1667329893, stripe) FROM (SELECT DISTINCT "
    "(u.user_id % 256)::int AS stripe FROM unnest($1::bigint[]) AS u (user_id) ORDER BY stripe) AS "
    "s";
// Not more than it needs to know: a user may be in very many rooms, a room may have very many
// members.
constexpr auto kUserAtLimit =
    "SELECT u.user_id FROM unnest($1::bigint[]) AS u (user_id) "
    "WHERE (SELECT count(*) FROM (SELECT FROM chat.user_rooms r WHERE r.user_id = u.user_id "
    "LIMIT $2) AS few) >= $2 LIMIT 1";
constexpr auto kCountMembers =
    "SELECT count(*) FROM (SELECT FROM chat.members WHERE room_id = $1 AND left_seq IS NULL "
    "LIMIT $2) AS few";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

void lock_users(pqxx::work& transaction, std::vector<std::int64_t> user_ids) {
  transaction.exec_params(kLock, postgres::array_literal(user_ids));
}

Result<> check_rooms(pqxx::work& transaction, const std::vector<std::int64_t>& user_ids,
                     const StoreLimits& limits) {
  lock_users(transaction, user_ids);
  // A statement of its own, so that it sees what was committed before the locks were given.
  const auto full =
      transaction.exec_params(kUserAtLimit, postgres::array_literal(user_ids), sql(limits.rooms));
  if (full.empty()) return {};
  return too_many_rooms(limits);
}

Result<> check_members(pqxx::work& transaction, std::uint64_t room_id, const StoreLimits& limits) {
  const auto count = transaction.exec_params1(kCountMembers, sql(room_id), sql(limits.members))[0];
  if (count.as<std::size_t>() < limits.members) return {};
  return too_many_members(limits);
}

}  // namespace confab::message_store
