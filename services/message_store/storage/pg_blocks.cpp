#include "message_store/storage/pg_blocks.hpp"

#include "message_store/storage/quotas.hpp"

#include <algorithm>
#include <set>

namespace confab::message_store {
namespace {

// One pair at a time: who opens a direct room finds all blocks, who blocks finds the room.
constexpr auto kLockPair =
    "SELECT pg_advisory_xact_lock(hashtextextended('pair ' || $1::bigint || ' ' || $2::bigint, 0))";
constexpr auto kBlock =
    "INSERT INTO chat.blocks AS b (user_id, blocked_id) VALUES ($1, $2) "
    // Writes also for the second time, so that its answer is as durable.
    "ON CONFLICT (user_id, blocked_id) DO UPDATE SET blocked_at = b.blocked_at";
constexpr auto kCount = "SELECT count(*) FROM chat.blocks WHERE user_id = $1";
constexpr auto kUnblock = "DELETE FROM chat.blocks WHERE user_id = $1 AND blocked_id = $2";
constexpr auto kIsBlocked = "SELECT FROM chat.blocks WHERE user_id = $1 AND blocked_id = $2";
constexpr auto kBlocked =
    "SELECT blocked_id FROM chat.blocks WHERE user_id = $1 ORDER BY blocked_at DESC, blocked_id";
constexpr auto kDirectRoom =
    "SELECT room_id FROM chat.direct_rooms WHERE low_user_id = $1 AND high_user_id = $2";
constexpr auto kSetRole =
    "UPDATE chat.members SET role = $3 WHERE room_id = $1 AND user_id = $2 AND role <> $3";
constexpr auto kOther = "SELECT user_id FROM chat.members WHERE room_id = $1 AND user_id <> $2";
constexpr auto kBlockedSenders =
    "SELECT m.room_id, m.user_id FROM unnest($1::bigint[], $2::bigint[]) AS r (room_id, user_id) "
    "JOIN chat.members m ON m.room_id = r.room_id AND m.user_id = r.user_id "
    "WHERE m.left_seq IS NULL AND m.role = 5";

void lock_pair(pqxx::work& transaction, std::int64_t one, std::int64_t other) {
  transaction.exec_params(kLockPair, std::min(one, other), std::max(one, other));
}

bool is_blocked(pqxx::work& transaction, std::int64_t by, std::int64_t user_id) {
  return !transaction.exec_params(kIsBlocked, by, user_id).empty();
}

/// In the direct room of the two, if there is one.
void set_role(pqxx::work& transaction, std::int64_t by, std::int64_t user_id, Role role) {
  const auto room =
      transaction.exec_params(kDirectRoom, std::min(by, user_id), std::max(by, user_id));
  if (room.empty()) return;
  transaction.exec_params0(kSetRole, room[0][0].as<std::int64_t>(), user_id,
                           static_cast<int>(role));
}

bool is_refusal(const Result<Appended>& result) {
  return !result && (result.error().code == ErrorCode::not_a_member ||
                     result.error().code == ErrorCode::permission_denied);
}

using Senders = std::set<std::pair<std::uint64_t, std::int64_t>>;

Result<Senders> blocked_among(postgres::Pool& reads, const Senders& refused) {
  std::vector<std::int64_t> rooms;
  std::vector<std::int64_t> users;
  for (const auto& [room_id, user_id] : refused) {
    rooms.push_back(static_cast<std::int64_t>(room_id));
    users.push_back(user_id);
  }
  return reads.query([&](pqxx::nontransaction& transaction) -> Result<Senders> {
    Senders found;
    for (const auto& row : transaction.exec_params(kBlockedSenders, postgres::array_literal(rooms),
                                                   postgres::array_literal(users))) {
      found.emplace(row[0].as<std::uint64_t>(), row[1].as<std::int64_t>());
    }
    return found;
  });
}

}  // namespace

Result<> PgBlocks::add(std::int64_t user_id, std::int64_t blocked_id) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    lock_pair(transaction, user_id, blocked_id);
    lock_users(transaction, {user_id});
    if (transaction.exec_params1(kCount, user_id)[0].as<std::size_t>() >= limits_.blocks &&
        !is_blocked(transaction, user_id, blocked_id)) {
      return too_many_blocks(limits_);
    }
    transaction.exec_params0(kBlock, user_id, blocked_id);
    set_role(transaction, user_id, blocked_id, Role::blocked);
    return {};
  });
}

Result<> PgBlocks::remove(std::int64_t user_id, std::int64_t blocked_id) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    lock_pair(transaction, user_id, blocked_id);
    transaction.exec_params0(kUnblock, user_id, blocked_id);
    set_role(transaction, user_id, blocked_id, Role::member);
    return {};
  });
}

Result<std::vector<std::int64_t>> PgBlocks::blocked_by(std::int64_t user_id) {
  return reads_.query([&](pqxx::nontransaction& transaction) -> Result<std::vector<std::int64_t>> {
    std::vector<std::int64_t> blocked;
    for (const auto& row : transaction.exec_params(kBlocked, user_id)) {
      blocked.push_back(row[0].as<std::int64_t>());
    }
    return blocked;
  });
}

Result<> check_block(pqxx::work& transaction, std::int64_t opener, std::int64_t other) {
  lock_pair(transaction, opener, other);
  if (is_blocked(transaction, other, opener)) return blocked_error();
  return {};
}

Role direct_role(pqxx::work& transaction, std::uint64_t room_id, std::int64_t user_id) {
  const auto other = transaction.exec_params(kOther, static_cast<std::int64_t>(room_id), user_id);
  if (other.size() != 1) return Role::member;
  const auto other_id = other[0][0].as<std::int64_t>();
  lock_pair(transaction, other_id, user_id);
  return is_blocked(transaction, other_id, user_id) ? Role::blocked : Role::member;
}

void keep_block(pqxx::work& transaction, std::int64_t creator, std::int64_t other) {
  if (is_blocked(transaction, creator, other)) {
    set_role(transaction, creator, other, Role::blocked);
  }
}

void name_blocks(postgres::Pool& pool, std::span<const RoomDrafts> rooms,
                 std::span<Result<AppendOutcome>> outcomes) {
  Senders refused;
  const auto each_refusal = [&](const auto& visit) {
    for (std::size_t room = 0; room < rooms.size(); ++room) {
      if (!outcomes[room]) continue;
      auto& results = outcomes[room]->results;
      for (std::size_t i = 0; i < results.size(); ++i) {
        if (is_refusal(results[i])) {
          visit(std::pair(rooms[room].room_id, rooms[room].drafts[i].sender_id), results[i]);
        }
      }
    }
  };
  each_refusal([&](const auto& sender, const auto&) { refused.insert(sender); });
  if (refused.empty()) return;
  const auto blocked = blocked_among(pool, refused);
  if (!blocked) return;
  each_refusal([&](const auto& sender, auto& result) {
    if (blocked->count(sender) > 0) result = blocked_error();
  });
}

}  // namespace confab::message_store
