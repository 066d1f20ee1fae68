#include "message_store/storage/room_change.hpp"

#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

// Writes, so that also the answer to a change that changes nothing, being a repeat, is as durable
// as that of the first one.
constexpr auto kLockHead =
    "UPDATE chat.room_heads SET head_seq = head_seq WHERE room_id = $1 "
    "RETURNING gid, epoch, head_seq, head_msg_id, archived";
constexpr auto kRoomKind = "SELECT kind FROM chat.rooms WHERE room_id = $1";
constexpr auto kRoleOf =
    "SELECT role FROM chat.members WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";
// Only whether there are any: a room may have very many members.
constexpr auto kFacts =
    "SELECT EXISTS (SELECT FROM chat.members WHERE room_id = $1 AND user_id <> $2 "
    "AND left_seq IS NULL)::int AS others, "
    "EXISTS (SELECT FROM chat.members WHERE room_id = $1 AND user_id <> $2 AND left_seq IS NULL "
    "AND role <= 2)::int AS in_charge, "
    "EXISTS (SELECT FROM chat.members WHERE room_id = $1 AND left_seq IS NULL AND role = 1) "
    "AS has_owner, "
    "EXISTS (SELECT FROM chat.bans WHERE room_id = $1 AND user_id = $2) AS banned";
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

}  // namespace

Result<LockedRoom> lock_room(pqxx::work& transaction, std::uint64_t room_id) {
  const auto heads = transaction.exec_params(kLockHead, sql(room_id));
  if (heads.empty()) return Error{ErrorCode::room_not_found, "there is no such room"};
  const auto head = heads[0];
  LockedRoom room;
  room.room_id = room_id;
  room.gid = head["gid"].as<std::string>();
  room.epoch = head["epoch"].as<std::uint64_t>();
  room.seq = head["head_seq"].as<std::uint64_t>();
  room.check = to_check(head["head_msg_id"]);
  room.archived = head["archived"].as<bool>();
  // A statement of its own, so that it sees what was committed before the lock was given.
  room.kind = static_cast<RoomKind>(transaction.exec_params1(kRoomKind, sql(room_id))[0].as<int>());
  return room;
}

MembershipFacts facts_of(pqxx::work& transaction, const LockedRoom& room, std::int64_t actor_id,
                         std::int64_t subject_id) {
  const auto row = transaction.exec_params1(kFacts, sql(room.room_id), subject_id);
  MembershipFacts facts;
  facts.kind = room.kind;
  facts.self = actor_id == subject_id;
  facts.actor = role_of(transaction, room.room_id, actor_id);
  facts.subject = role_of(transaction, room.room_id, subject_id);
  facts.others = row["others"].as<std::int64_t>();
  facts.others_in_charge = row["in_charge"].as<std::int64_t>();
  facts.has_owner = row["has_owner"].as<bool>();
  facts.archived = room.archived;
  facts.banned = row["banned"].as<bool>();
  return facts;
}

Entry add_entry(pqxx::work& transaction, const LockedRoom& room, NewEntry added) {
  Entry entry;
  entry.room_id = room.room_id;
  entry.gid = room.gid;
  entry.epoch = room.epoch;
  entry.seq = room.seq + 1;
  entry.msg_id = added.msg_id;
  entry.prev_check = room.check;
  entry.kind = added.kind;
  entry.actor_id = added.actor_id;
  entry.subject_id = added.subject_id;
  entry.client_msg_id = added.msg_id.text();
  entry.body = std::move(added.body);
  entry.created_ms =
      transaction
          .exec_params1(kInsertEntry, sql(room.room_id), sql(entry.seq), sql(entry.epoch),
                        entry.msg_id.text(), static_cast<int>(entry.kind), entry.actor_id,
                        entry.subject_id, entry.body)[0]
          .as<std::int64_t>();
  transaction.exec_params0(kMoveHead, sql(room.room_id), sql(entry.seq), entry.msg_id.text());
  return entry;
}

void drop_member(pqxx::work& transaction, std::uint64_t room_id, std::int64_t user_id,
                 std::uint64_t seq) {
  transaction.exec_params0(kMarkLeft, sql(room_id), user_id, sql(seq));
  transaction.exec_params0(kForgetUserRoom, user_id, sql(room_id));
}

}  // namespace confab::message_store
