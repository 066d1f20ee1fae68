#pragma once

#include <algorithm>
#include <map>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/people_ports.hpp"
#include "message_store/domain/role_rules.hpp"
#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

/// What a message has become.
struct FakeMessage {
  struct Reaction {
    std::string reaction;
    std::int64_t user_id = 0;
    std::uint64_t seq = 0;
  };
  std::vector<std::uint64_t> edits;
  std::vector<Reaction> reactions;  // In the order of their seq.
  std::uint64_t redacted = 0;
  std::uint64_t pinned = 0;
};

/// A room of FakeStore, and what can be said of one without the others.
struct FakeRoomRules {
  struct Stored {
    Room room;  // Without head and members.
    std::vector<Entry> log;
    std::map<std::int64_t, Member> members;
    std::map<std::uint64_t, FakeMessage> changed;  // By the message's seq.
    std::map<std::int64_t, BanRow> bans;
    std::map<std::string, Invite>
        invites;  // By secret; uses is what is left, as PostgreSQL has it.
    std::map<std::int64_t, std::uint64_t> reads;  // How far each member has read.
    std::pair<std::int64_t, std::int64_t> pair;   // Of a direct room: its two.
  };

  static Error no_room() { return {ErrorCode::room_not_found, "there is no such room"}; }
  static Error no_member() { return {ErrorCode::not_a_member, "you are not a member of the room"}; }
  static bool is_in(const Stored& room, std::int64_t user_id) {
    return room.members.count(user_id) > 0;
  }
  static std::string check_of(const Entry& entry) {
    return entry.msg_id.bytes().substr(0, kCheckBytes);
  }
  static Head head_of(const Stored& room) {
    return {room.room.room_id, 1, room.log.size(),
            room.log.empty() ? "" : check_of(room.log.back())};
  }
  static const Entry* find_entry(const Stored& room, const Draft& draft) {
    const auto found = std::find_if(room.log.begin(), room.log.end(), [&](const Entry& entry) {
      return entry.actor_id == draft.sender_id && entry.client_msg_id == draft.client_msg_id;
    });
    return found == room.log.end() ? nullptr : &*found;
  }

  static const Entry& add_entry(Stored& room, Entry entry) {
    const auto head = head_of(room);
    entry.room_id = room.room.room_id;
    entry.gid = room.room.gid;
    entry.epoch = head.epoch;
    entry.seq = head.seq + 1;
    entry.prev_check = head.check;
    return room.log.emplace_back(std::move(entry));
  }

  static Result<AppendOutcome> append_to(Stored& room, std::span<const Draft> drafts,
                                         std::int64_t now) {
    AppendOutcome outcome;
    for (const auto& draft : drafts) {
      if (const auto* known = find_entry(room, draft)) {
        outcome.results.emplace_back(
            Appended{known->epoch, known->seq, known->msg_id, known->created_ms, true});
      } else if (!is_in(room, draft.sender_id)) {
        outcome.results.emplace_back(no_member());
      } else if (room.members.at(draft.sender_id).role == Role::blocked) {
        outcome.results.emplace_back(blocked_error());
      } else if (room.room.archived || !may_write(room.members.at(draft.sender_id).role)) {
        outcome.results.emplace_back(Error{ErrorCode::permission_denied, "read only"});
      } else {
        Entry entry;
        entry.msg_id = draft.msg_id;
        entry.actor_id = draft.sender_id;
        entry.client_msg_id = draft.client_msg_id;
        entry.body = draft.body;
        entry.created_ms = now;
        const auto& added = add_entry(room, std::move(entry));
        outcome.results.emplace_back(Appended{added.epoch, added.seq, added.msg_id, now, false});
        outcome.stored.push_back(added);
      }
    }
    return outcome;
  }

  static Entry membership_entry(const MemberChange& change, Role role, EntryKind kind, bool self) {
    const bool joins = kind == EntryKind::member_joined;
    Entry entry;
    entry.kind = kind;
    entry.msg_id = change.msg_id;
    entry.actor_id = change.actor.id;
    entry.subject_id = change.member.id;
    entry.client_msg_id = change.msg_id.text();
    entry.body = member_body(change.member, role, joins ? "" : leaving_reason(self, false));
    return entry;
  }

  static void use_invite(Stored& room, const std::string& secret) {
    auto& invite = room.invites.at(secret);
    if (invite.uses > 0 && --invite.uses == 0) room.invites.erase(secret);
  }

  static MembershipFacts facts_of(const Stored& room, std::int64_t actor_id,
                                  std::int64_t subject_id) {
    const auto role = [&](std::int64_t user_id) -> std::optional<Role> {
      if (!is_in(room, user_id)) return std::nullopt;
      return room.members.at(user_id).role;
    };
    MembershipFacts facts;
    facts.kind = room.room.kind;
    facts.self = actor_id == subject_id;
    facts.actor = role(actor_id);
    facts.subject = role(subject_id);
    facts.has_owner = false;
    facts.archived = room.room.archived;
    facts.banned = room.bans.count(subject_id) > 0;
    for (const auto& [id, member] : room.members) {
      if (member.role == Role::owner) facts.has_owner = true;
      if (id == subject_id) continue;
      ++facts.others;
      if (in_charge(member.role)) ++facts.others_in_charge;
    }
    return facts;
  }
};

}  // namespace confab::message_store
