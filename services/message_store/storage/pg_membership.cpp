// The half of PgRoomLog that changes who is in a room: an entry of the log and the rows of the
// member, in one transaction under the room's lock.
#include "message_store/domain/event_json.hpp"
#include "message_store/storage/pg_blocks.hpp"
#include "message_store/storage/pg_room_log.hpp"
#include "message_store/storage/quotas.hpp"
#include "message_store/storage/room_change.hpp"
#include "message_store/storage/rows.hpp"

namespace confab::message_store {
namespace {

constexpr auto kGoodInvite =
    "SELECT FROM chat.invites WHERE room_id = $1 AND secret = $2 AND expires_at > now() "
    "AND coalesce(uses_left, 1) > 0";
constexpr auto kUseInvite =
    "UPDATE chat.invites SET uses_left = uses_left - 1 WHERE room_id = $1 AND secret = $2 "
    "AND uses_left IS NOT NULL";

std::int64_t sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }

Member to_member(const MemberChange& change, Role role, const Entry& entry) {
  return {change.member, role, entry.created_ms, change.actor.id, change.actor.username};
}

/// The facts; not_found for a bad invitation, unless the user is in the room anyway.
Result<MembershipFacts> facts_of_joining(pqxx::work& transaction, const LockedRoom& room,
                                         const MemberChange& change) {
  auto facts = facts_of(transaction, room, change.actor.id, change.member.id);
  if (change.invite.empty()) return facts;
  facts.invited = !transaction.exec_params(kGoodInvite, sql(room.room_id), change.invite).empty();
  if (!facts.invited && !facts.subject) {
    return Error{ErrorCode::not_found, "the invitation is not good (any more)"};
  }
  return facts;
}

}  // namespace

Result<MemberOutcome> PgRoomLog::join(const MemberChange& change) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<MemberOutcome> {
    const auto room = lock_room(transaction, change.room_id);
    if (!room) return room.error();
    const auto facts = facts_of_joining(transaction, *room, change);
    if (!facts) return facts.error();
    const bool comes_back = change.reopens_direct && !facts->subject;
    const auto allowed = comes_back ? Result<>() : check_join(*facts, change.role);
    if (!allowed) return allowed.error();
    const auto fits = check_members(transaction, change.room_id, limits_);
    if (!fits) return fits.error();
    const auto entry = add_entry(transaction, *room,
                                 {EntryKind::member_joined, change.msg_id, change.actor.id,
                                  change.member.id, member_body(change.member, change.role)});
    save_people(transaction, {change.actor, change.member});
    const auto role = change.reopens_direct
                          ? direct_role(transaction, change.room_id, change.member.id)
                          : change.role;
    const auto within = check_rooms(transaction, {change.member.id}, limits_);
    if (!within) return within.error();
    save_members(transaction, change.room_id, {change.member.id}, role, entry.seq, change.actor.id);
    if (!change.invite.empty()) {
      transaction.exec_params0(kUseInvite, sql(change.room_id), change.invite);
    }
    return MemberOutcome{to_member(change, change.role, entry), entry};
  });
}

Result<MemberOutcome> PgRoomLog::leave(const MemberChange& change) {
  return writes_.transact([&](pqxx::work& transaction) -> Result<MemberOutcome> {
    const auto room = lock_room(transaction, change.room_id);
    if (!room) return room.error();
    const auto facts = facts_of(transaction, *room, change.actor.id, change.member.id);
    if (const auto allowed = check_leave(facts); !allowed) return allowed.error();
    const auto entry =
        add_entry(transaction, *room,
                  {EntryKind::member_left, change.msg_id, change.actor.id, change.member.id,
                   member_body(change.member, *facts.subject, leaving_reason(facts.self, false))});
    drop_member(transaction, change.room_id, change.member.id, entry.seq);
    return MemberOutcome{to_member(change, *facts.subject, entry), entry};
  });
}

}  // namespace confab::message_store
