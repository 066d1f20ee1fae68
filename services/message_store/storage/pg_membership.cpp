// The half of PgRoomLog that changes who is in a room: an entry of the log and the rows of the
// member, in one transaction under the room's lock.
#include <optional>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/permissions.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kLockHead =
    "SELECT gid, epoch, head_seq, head_msg_id FROM chat.room_heads WHERE room_id = $1 FOR UPDATE";
constexpr auto kRoomKind = "SELECT kind FROM chat.rooms WHERE room_id = $1";
constexpr auto kRoleOf =
    "SELECT role FROM chat.members WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";
constexpr auto kOthers =
    "SELECT count(*) AS others, count(*) FILTER (WHERE role <= 2) AS in_charge "
    "FROM chat.members WHERE room_id = $1 AND user_id <> $2 AND left_seq IS NULL";
constexpr auto kInsertEntry =
    "INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, subject_id, "
    "client_msg_id, body, created_at) "
    "VALUES ($1, $2, $3, $4::uuid, $5, $6, $7, $4::uuid::text, $8, now()) "
    "RETURNING (extract(epoch FROM created_at) * 1000)::bigint";
constexpr auto kMoveHead =
    "UPDATE chat.room_heads SET head_seq = $2, head_msg_id = $3 WHERE room_id = $1";
constexpr auto kMarkLeft =
    "UPDATE chat.members SET left_seq = $3 WHERE room_id = $1 AND user_id = $2";
constexpr auto kForgetUserRoom = "DELETE FROM chat.user_rooms WHERE user_id = $1 AND room_id = $2";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

std::optional<Role> role_of(pqxx::work& transaction, std::uint64_t room_id, std::int64_t user_id) {
  const auto rows = transaction.exec_params(kRoleOf, sql(room_id), user_id);
  if (rows.empty()) return std::nullopt;
  return static_cast<Role>(rows[0][0].as<int>());
}

MembershipFacts facts_of(pqxx::work& transaction, const MemberChange& change) {
  const auto others = transaction.exec_params1(kOthers, sql(change.room_id), change.member.id);
  return {
      static_cast<RoomKind>(transaction.exec_params1(kRoomKind, sql(change.room_id))[0].as<int>()),
      change.actor.id == change.member.id,
      role_of(transaction, change.room_id, change.actor.id),
      role_of(transaction, change.room_id, change.member.id),
      others["others"].as<std::int64_t>(),
      others["in_charge"].as<std::int64_t>()};
}

/// Adds the entry at the head of the locked room.
Entry add_entry(pqxx::work& transaction, const MemberChange& change, EntryKind kind,
                const pqxx::row& head) {
  Entry entry;
  entry.room_id = change.room_id;
  entry.gid = head["gid"].as<std::string>();
  entry.epoch = head["epoch"].as<std::uint64_t>();
  entry.seq = head["head_seq"].as<std::uint64_t>() + 1;
  entry.msg_id = change.msg_id;
  entry.prev_check = to_check(head["head_msg_id"]);
  entry.kind = kind;
  entry.actor_id = change.actor.id;
  entry.subject_id = change.member.id;
  entry.client_msg_id = change.msg_id.text();
  entry.body = member_body(change.member, change.role);
  entry.created_ms =
      transaction
          .exec_params1(kInsertEntry, sql(change.room_id), sql(entry.seq), sql(entry.epoch),
                        change.msg_id.text(), static_cast<int>(kind), change.actor.id,
                        change.member.id, entry.body)[0]
          .as<std::int64_t>();
  transaction.exec_params0(kMoveHead, sql(change.room_id), sql(entry.seq), change.msg_id.text());
  return entry;
}

Member to_member(const MemberChange& change, const Entry& entry) {
  return {change.member, change.role, entry.created_ms, change.actor.id, change.actor.username};
}

/// Locks the room, lets `check` judge the facts, then adds the entry and lets `save` change rows.
template <typename Check, typename Save>
Result<MemberOutcome> change_membership(postgres::Pool& pool, MemberChange change, EntryKind kind,
                                        Check check, Save save) {
  return pool.transact([&](pqxx::work& transaction) -> Result<MemberOutcome> {
    const auto heads = transaction.exec_params(kLockHead, sql(change.room_id));
    if (heads.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
    const auto facts = facts_of(transaction, change);
    if (const auto allowed = check(facts); !allowed) return allowed.error();
    if (kind == EntryKind::member_left) change.role = *facts.subject;
    const auto entry = add_entry(transaction, change, kind, heads[0]);
    save(transaction, entry);
    return MemberOutcome{to_member(change, entry), entry};
  });
}

}  // namespace

Result<MemberOutcome> PgRoomLog::join(const MemberChange& change) {
  return change_membership(
      writes_, change, EntryKind::member_joined,
      [&](const MembershipFacts& facts) -> Result<> {
        if (change.reopens_direct && !facts.subject) return {};
        return check_join(facts, change.role);
      },
      [&](pqxx::work& transaction, const Entry& entry) {
        save_people(transaction, {change.actor, change.member});
        const auto role = change.reopens_direct
                              ? direct_role(transaction, change.room_id, change.member.id)
                              : change.role;
        save_members(transaction, change.room_id, {change.member.id}, role, entry.seq,
                     change.actor.id);
      });
}

Result<MemberOutcome> PgRoomLog::leave(const MemberChange& change) {
  return change_membership(
      writes_, change, EntryKind::member_left, check_leave,
      [&](pqxx::work& transaction, const Entry& entry) {
        transaction.exec_params0(kMarkLeft, sql(change.room_id), change.member.id, sql(entry.seq));
        transaction.exec_params0(kForgetUserRoom, change.member.id, sql(change.room_id));
      });
}

}  // namespace confab::message_store
