#pragma once

#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/room_change_rules.hpp"

namespace confab::message_store {

/// The ports of room_ports.hpp over the rooms of a FakeStore; storage/*_contract_test.cpp holds it
/// to what PostgreSQL does. Invitations do not expire here. Thread-safe.
class FakeRoomBook final : public RoomChanges,
                           public RoomLists,
                           public ReadPositions,
                           private FakeRoomRules {
 public:
  explicit FakeRoomBook(FakeStore& store) : store_(store) {}

  Result<RoomUpdated> update(const RoomUpdate& update) override {
    const std::lock_guard lock(store_.mutex_);
    auto* room = store_.room_of(update.room_id);
    if (room == nullptr) return no_room();
    const auto facts = FakeRoomRules::facts_of(*room, update.actor.id, update.actor.id);
    if (const auto allowed = check_update(facts, update.patch); !allowed) return allowed.error();
    const auto changed = apply_patch(room->room, update.patch);
    if (changed.empty()) return RoomUpdated{store_.shown(*room, false), std::nullopt};
    auto entry = add(*room, {EntryKind::room_updated, changed_body(changed)}, update.msg_id,
                     update.actor.id, 0);
    return RoomUpdated{store_.shown(*room, false), std::move(entry)};
  }

  Result<MemberUpdated> set_role(const MemberChange& change) override {
    const std::lock_guard lock(store_.mutex_);
    auto* room = store_.room_of(change.room_id);
    if (room == nullptr) return no_room();
    const auto facts = FakeRoomRules::facts_of(*room, change.actor.id, change.member.id);
    if (const auto allowed = check_role(facts, change.role); !allowed) return allowed.error();
    auto& member = room->members.at(change.member.id);
    member.role = change.role;
    MemberUpdated updated{member, std::nullopt};
    updated.member.added_by_username = store_.people_[member.added_by].username;
    if (facts.subject == change.role) return updated;
    updated.entry = add(*room, {EntryKind::member_updated, member_body(change.member, change.role)},
                        change.msg_id, change.actor.id, change.member.id);
    return updated;
  }

  Result<MemberUpdated> set_ban(const MemberChange& change, bool banned) override {
    const std::lock_guard lock(store_.mutex_);
    auto* room = store_.room_of(change.room_id);
    if (room == nullptr) return no_room();
    const auto facts = FakeRoomRules::facts_of(*room, change.actor.id, change.member.id);
    if (const auto allowed = check_ban(facts); !allowed) return allowed.error();
    MemberUpdated updated{{change.member, facts.subject.value_or(Role::member), 0, 0, {}}, {}};
    if (facts.banned == banned) return updated;
    updated.entry = add(*room, ban_entry_of(change, facts, banned), change.msg_id, change.actor.id,
                        change.member.id);
    room->members.erase(change.member.id);
    room->bans.erase(change.member.id);
    if (banned) {
      room->bans[change.member.id] = {change.member, change.actor.id, change.actor.username,
                                      updated.entry->created_ms};
    }
    return updated;
  }

  Result<> add_invite(const Invite& invite) override {
    const std::lock_guard lock(store_.mutex_);
    auto* room = store_.room_of(invite.room_id);
    if (room == nullptr) return no_room();
    const auto facts = FakeRoomRules::facts_of(*room, invite.created_by, invite.created_by);
    if (const auto allowed = check_invite(facts); !allowed) return allowed;
    if (room->invites.size() >= store_.limits_.invites) return too_many_invites(store_.limits_);
    room->invites[invite.secret] = invite;
    return {};
  }

  Result<> revoke_invite(const Invite& invite) override {
    const std::lock_guard lock(store_.mutex_);
    auto* room = store_.room_of(invite.room_id);
    if (room == nullptr) return no_room();
    const auto facts = FakeRoomRules::facts_of(*room, invite.created_by, invite.created_by);
    if (const auto allowed = check_in_charge(facts); !allowed) return allowed;
    if (room->invites.erase(invite.secret) == 0) return Error{ErrorCode::not_found, "none"};
    return {};
  }

  Result<std::vector<MyRoom>> rooms_of(std::int64_t user_id, const RoomQuery& query) override {
    const std::lock_guard lock(store_.mutex_);
    std::vector<MyRoom> rooms;
    for (const auto& [id, room] : store_.rooms_) {
      if (is_in(room, user_id) && (query.archived || !room.room.archived)) {
        rooms.push_back(seen_by(room, user_id));
      }
    }
    const auto key = [](const MyRoom& room) {
      return std::pair(room.active_ms, room.room.room_id);
    };
    std::sort(rooms.begin(), rooms.end(),
              [&](const MyRoom& a, const MyRoom& b) { return key(a) > key(b); });
    if (query.after) {
      const std::pair after(query.after->active_ms, query.after->room_id);
      std::erase_if(rooms, [&](const MyRoom& room) { return key(room) >= after; });
    }
    if (rooms.size() > query.limit) rooms.resize(query.limit);
    return rooms;
  }

  Result<> save_counts(std::int64_t, std::span<const MyRoom>) override {
    ++saved_;
    return {};
  }
  /// Calls of save_counts().
  [[nodiscard]] int saved() const { return saved_; }

  Result<std::vector<PublicRoom>> public_rooms(const PublicQuery& query) override {
    const std::lock_guard lock(store_.mutex_);
    std::map<std::pair<std::string, std::uint64_t>, const Stored*> by_name;
    for (const auto& [id, room] : store_.rooms_) {
      if (room.room.kind != RoomKind::public_room || room.room.archived) continue;
      const auto about = lower(room.room.name) + "\n" + lower(room.room.topic);
      if (about.find(lower(query.text)) != std::string::npos) {
        by_name[{lower(room.room.name), id}] = &room;
      }
    }
    auto from = by_name.begin();
    if (!query.after.empty()) {
      const auto known = store_.gids_.find(query.after);
      if (known == store_.gids_.end()) return no_room();
      from = by_name.upper_bound({lower(store_.rooms_[known->second].room.name), known->second});
    }
    std::vector<PublicRoom> rooms;
    for (; from != by_name.end() && rooms.size() < query.limit; ++from) {
      rooms.push_back({store_.shown(*from->second, false), is_in(*from->second, query.user_id)});
    }
    return rooms;
  }

  Result<std::vector<Member>> members(std::uint64_t room_id, const UserRange& range) override {
    const std::lock_guard lock(store_.mutex_);
    std::vector<Member> members;
    const auto* room = store_.room_of(room_id);
    if (room == nullptr) return members;
    for (auto at = room->members.upper_bound(range.after);
         at != room->members.end() && members.size() < range.limit; ++at) {
      members.push_back(at->second);
      members.back().person = store_.people_[at->first];
      members.back().added_by_username = store_.people_[at->second.added_by].username;
    }
    return members;
  }

  Result<std::vector<BanRow>> bans(std::uint64_t room_id, const UserRange& range) override {
    const std::lock_guard lock(store_.mutex_);
    std::vector<BanRow> bans;
    const auto* room = store_.room_of(room_id);
    if (room == nullptr) return bans;
    for (auto at = room->bans.upper_bound(range.after);
         at != room->bans.end() && bans.size() < range.limit; ++at) {
      bans.push_back(at->second);
    }
    return bans;
  }

  Result<std::optional<Role>> role(std::uint64_t room_id, std::int64_t user_id) override {
    const std::lock_guard lock(store_.mutex_);
    std::optional<Role> role;
    const auto* room = store_.room_of(room_id);
    if (room != nullptr && is_in(*room, user_id)) role = room->members.at(user_id).role;
    return role;
  }

  Result<std::vector<std::optional<ReadOutcome>>> mark(std::span<const ReadMark> marks) override {
    const std::lock_guard lock(store_.mutex_);
    std::vector<std::optional<ReadOutcome>> outcomes;
    for (const auto& mark : marks) {
      auto* room = store_.room_of(mark.room_id);
      auto& outcome = outcomes.emplace_back();
      if (room == nullptr || !is_in(*room, mark.reader.id)) continue;
      auto& now = room->reads[mark.reader.id];
      const auto wanted = std::min<std::uint64_t>(mark.seq, room->log.size());
      outcome = ReadOutcome{std::max(now, wanted), wanted > now, room->room.gid};
      now = outcome->seq;
    }
    return outcomes;
  }

  Result<ReaderPage> readers(std::uint64_t room_id, std::uint64_t seq,
                             const UserRange& range) override {
    const std::lock_guard lock(store_.mutex_);
    ReaderPage page;
    auto* room = store_.room_of(room_id);
    if (room == nullptr) return page;
    std::uint32_t looked_at = 0;
    std::int64_t last = 0;
    for (auto at = room->members.upper_bound(range.after); at != room->members.end(); ++at) {
      if (looked_at++ == range.limit) {
        page.next = last;
        break;
      }
      last = at->first;
      if (room->reads[last] >= seq)
        page.readers.push_back({store_.people_[last], room->reads[last]});
    }
    return page;
  }

  Result<std::optional<Appended>> find_message(std::uint64_t room_id, std::int64_t sender_id,
                                               const std::string& client_msg_id) override {
    const std::lock_guard lock(store_.mutex_);
    std::optional<Appended> place;
    const auto* room = store_.room_of(room_id);
    const Draft draft{sender_id, client_msg_id, {}, {}};
    const auto* entry = room == nullptr ? nullptr : find_entry(*room, draft);
    if (entry != nullptr && entry->kind == EntryKind::message) {
      place = Appended{entry->epoch, entry->seq, entry->msg_id, entry->created_ms, true};
    }
    return place;
  }

 private:
  static std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  Entry add(Stored& room, BanEntry what, const Uuid& msg_id, std::int64_t actor_id,
            std::int64_t subject_id) {
    Entry entry;
    entry.kind = what.kind;
    entry.msg_id = msg_id;
    entry.actor_id = actor_id;
    entry.subject_id = subject_id;
    entry.client_msg_id = msg_id.text();
    entry.body = std::move(what.body);
    entry.created_ms = ++store_.time_;
    return add_entry(room, std::move(entry));
  }

  MyRoom seen_by(const Stored& room, std::int64_t user_id) {
    MyRoom mine;
    mine.room = store_.shown(room, room.room.kind == RoomKind::direct);
    mine.role = room.members.at(user_id).role;
    const auto read = room.reads.find(user_id);
    mine.read_seq = read == room.reads.end() ? 0 : read->second;
    mine.active_ms = room.room.created_ms;
    mine.counted = room.log.size() - mine.read_seq;
    for (const auto& entry : room.log) {
      if (entry.kind != EntryKind::message) continue;
      mine.active_ms = entry.created_ms;
      const auto changed = room.changed.find(entry.seq);
      const bool is_redacted = changed != room.changed.end() && changed->second.redacted > 0;
      if (entry.actor_id != user_id && entry.seq > mine.read_seq && !is_redacted) ++mine.unread;
      mine.last = LastMessage{entry.seq,      entry.created_ms,
                              entry.actor_id, store_.people_[entry.actor_id].username,
                              "text",         {}};
      if (is_redacted) {
        mine.last->kind = "redacted";
        continue;
      }
      const bool is_edited = changed != room.changed.end() && !changed->second.edits.empty();
      const auto& body = is_edited ? room.log[changed->second.edits.back() - 1].body : entry.body;
      const auto text = body.substr(body.find(R"("text":")") + 8);
      mine.last->text = text.substr(0, std::min(text.find('"'), kShortText));
    }
    return mine;
  }

  FakeStore& store_;
  int saved_ = 0;
};

}  // namespace confab::message_store
