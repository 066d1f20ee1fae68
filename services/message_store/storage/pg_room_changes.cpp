#include "message_store/storage/pg_room_changes.hpp"

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/role_rules.hpp"
#include "message_store/domain/room_change_rules.hpp"
#include "message_store/storage/pg_rooms.hpp"
#include "message_store/storage/room_change.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kSaveSettings =
    "UPDATE chat.rooms SET name = $2, topic = $3, picture = $4, kind = $5, "
    "archived_at = CASE WHEN $6 THEN coalesce(archived_at, now()) END WHERE room_id = $1";
constexpr auto kSaveArchived = "UPDATE chat.room_heads SET archived = $2 WHERE room_id = $1";
constexpr auto kMember =
    "SELECT m.added_by, (extract(epoch FROM m.added_at) * 1000)::bigint AS added_ms, p.username "
    "FROM chat.members m LEFT JOIN chat.people p ON p.user_id = m.added_by "
    "WHERE m.room_id = $1 AND m.user_id = $2";
constexpr auto kSaveRole =
    "UPDATE chat.members SET role = $3 WHERE room_id = $1 AND user_id = $2 AND left_seq IS NULL";
constexpr auto kBan =
    "INSERT INTO chat.bans (room_id, user_id, banned_by) VALUES ($1, $2, $3) "
    "ON CONFLICT DO NOTHING";
constexpr auto kUnban = "DELETE FROM chat.bans WHERE room_id = $1 AND user_id = $2";
constexpr auto kDropOldInvites =
    "DELETE FROM chat.invites WHERE room_id = $1 AND (expires_at <= now() OR uses_left <= 0)";
constexpr auto kCountInvites = "SELECT count(*) FROM chat.invites WHERE room_id = $1";
constexpr auto kAddInvite =
    "INSERT INTO chat.invites (room_id, secret, created_by, expires_at, uses_left) "
    "VALUES ($1, $2, $3, to_timestamp($4::bigint / 1000.0), nullif($5::int, 0))";
constexpr auto kRevokeInvite =
    "DELETE FROM chat.invites WHERE room_id = $1 AND secret = $2 RETURNING secret";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

/// Locks the room and judges the actor, who acts on nobody else.
template <typename Check>
Result<LockedRoom> lock_for(pqxx::work& transaction, std::uint64_t room_id, std::int64_t actor_id,
                            Check check) {
  auto room = lock_room(transaction, room_id);
  if (!room) return room;
  const auto facts = facts_of(transaction, *room, actor_id, actor_id);
  if (const auto allowed = check(facts); !allowed) return allowed.error();
  return room;
}

Member stored_member(pqxx::work& transaction, const MemberChange& change, Role role) {
  const auto row = transaction.exec_params1(kMember, sql(change.room_id), change.member.id);
  return {change.member, role, row["added_ms"].as<std::int64_t>(),
          row["added_by"].as<std::int64_t>(), row["username"].as<std::string>("")};
}

}  // namespace

Result<RoomUpdated> PgRoomChanges::update(const RoomUpdate& update) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<RoomUpdated> {
    const auto locked =
        lock_for(transaction, update.room_id, update.actor.id,
                 [&](const MembershipFacts& facts) { return check_update(facts, update.patch); });
    if (!locked) return locked.error();
    auto room = load_room(transaction, update.room_id);
    if (!room) return room.error();
    const auto changed = apply_patch(*room, update.patch);
    if (changed.empty()) return RoomUpdated{std::move(*room), std::nullopt};
    transaction.exec_params0(kSaveSettings, sql(room->room_id), room->name, room->topic,
                             room->picture, static_cast<int>(room->kind), room->archived);
    if (room->archived != locked->archived) {
      transaction.exec_params0(kSaveArchived, sql(room->room_id), room->archived);
    }
    save_people(transaction, {update.actor});
    auto entry = add_entry(
        transaction, *locked,
        {EntryKind::room_updated, update.msg_id, update.actor.id, 0, changed_body(changed)});
    room->head = {room->room_id, entry.epoch, entry.seq,
                  entry.msg_id.bytes().substr(0, kCheckBytes)};
    return RoomUpdated{std::move(*room), std::move(entry)};
  });
}

Result<MemberUpdated> PgRoomChanges::set_role(const MemberChange& change) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<MemberUpdated> {
    const auto room = lock_room(transaction, change.room_id);
    if (!room) return room.error();
    const auto facts = facts_of(transaction, *room, change.actor.id, change.member.id);
    if (const auto allowed = check_role(facts, change.role); !allowed) return allowed.error();
    auto member = stored_member(transaction, change, change.role);
    if (facts.subject == change.role) return MemberUpdated{std::move(member), std::nullopt};
    transaction.exec_params0(kSaveRole, sql(change.room_id), change.member.id,
                             static_cast<int>(change.role));
    save_people(transaction, {change.actor, change.member});
    auto entry = add_entry(transaction, *room,
                           {EntryKind::member_updated, change.msg_id, change.actor.id,
                            change.member.id, member_body(change.member, change.role)});
    return MemberUpdated{std::move(member), std::move(entry)};
  });
}

Result<MemberUpdated> PgRoomChanges::set_ban(const MemberChange& change, bool banned) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<MemberUpdated> {
    const auto room = lock_room(transaction, change.room_id);
    if (!room) return room.error();
    const auto facts = facts_of(transaction, *room, change.actor.id, change.member.id);
    if (const auto allowed = check_ban(facts); !allowed) return allowed.error();
    MemberUpdated updated{{change.member, facts.subject.value_or(Role::member), 0, 0, {}}, {}};
    if (facts.banned == banned) return updated;
    if (banned) {
      transaction.exec_params0(kBan, sql(change.room_id), change.member.id, change.actor.id);
    } else {
      transaction.exec_params0(kUnban, sql(change.room_id), change.member.id);
    }
    save_people(transaction, {change.actor, change.member});
    auto [kind, body] = ban_entry_of(change, facts, banned);
    updated.entry = add_entry(transaction, *room,
                              {kind, change.msg_id, change.actor.id, change.member.id, body});
    if (facts.subject) {
      drop_member(transaction, change.room_id, change.member.id, updated.entry->seq);
    }
    return updated;
  });
}

Result<> PgRoomChanges::add_invite(const Invite& invite) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    const auto room = lock_for(transaction, invite.room_id, invite.created_by, check_invite);
    if (!room) return room.error();
    transaction.exec_params0(kDropOldInvites, sql(invite.room_id));
    const auto count = transaction.exec_params1(kCountInvites, sql(invite.room_id))[0];
    if (count.as<std::size_t>() >= limits_.invites) return too_many_invites(limits_);
    transaction.exec_params0(kAddInvite, sql(invite.room_id), invite.secret, invite.created_by,
                             invite.expires_ms, static_cast<int>(invite.uses));
    return {};
  });
}

Result<> PgRoomChanges::revoke_invite(const Invite& invite) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<> {
    const auto room = lock_for(transaction, invite.room_id, invite.created_by, check_in_charge);
    if (!room) return room.error();
    if (transaction.exec_params(kRevokeInvite, sql(invite.room_id), invite.secret).empty()) {
      return Error{ErrorCode::not_found, "there is no such invitation"};
    }
    return {};
  });
}

}  // namespace confab::message_store
