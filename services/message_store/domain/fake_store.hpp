#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/fake_messages.hpp"
#include "message_store/domain/fake_people.hpp"

namespace confab::message_store {

/// The stored rooms in memory; storage/*_contract_test.cpp holds it to what PostgreSQL does.
/// Thread-safe; its times are a counter, so that no two changes have one time.
class FakeStore final : public RoomLog, public Rooms, public FakeBlocks, private FakeMessages {
  friend class FakeRoomBook;

 public:
  explicit FakeStore(const StoreLimits& limits = {}) : FakeBlocks(limits) {}

  using BeforeAppend = std::function<void(std::uint64_t room_id, std::span<const Draft> drafts)>;

  /// Called for each room of an append before anything is done, without a lock: to record, or to
  /// wait.
  void before_append(BeforeAppend hook) { before_append_ = std::move(hook); }

  /// As if another session held the room: it fails alone in a batch of several.
  void hold(std::uint64_t room_id) { held_ = room_id; }
  /// As if a draft of this id broke the statement: internal, for all rooms of its batch.
  void choke_on(std::string client_msg_id) { poison_ = std::move(client_msg_id); }

  /// Calls of read().
  [[nodiscard]] std::size_t reads() {
    const std::lock_guard lock(mutex_);
    return reads_;
  }

  /// Calls of look_up().
  [[nodiscard]] std::size_t look_ups() {
    const std::lock_guard lock(mutex_);
    return look_ups_;
  }

  /// From now on every call fails so; nothing: none does.
  void fail_with(std::optional<Error> failure) {
    const std::lock_guard lock(mutex_);
    failure_ = std::move(failure);
  }

  Result<std::vector<Result<AppendOutcome>>> append_all(
      std::span<const RoomDrafts> rooms) override {
    if (before_append_) {
      for (const auto& room : rooms) before_append_(room.room_id, room.drafts);
    }
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    for (const auto& room : rooms) {
      for (const auto& draft : room.drafts) {
        if (draft.client_msg_id == poison_) return Error{ErrorCode::internal, "choked"};
      }
    }
    std::vector<Result<AppendOutcome>> outcomes;
    for (const auto& room : rooms) {
      if (room.room_id == held_ && rooms.size() > 1) {
        outcomes.emplace_back(Error{ErrorCode::unavailable, "held"});
      } else {
        auto* stored = room_of(room.room_id);
        if (stored != nullptr) apply_blocks(*stored);
        outcomes.push_back(stored == nullptr ? Result<AppendOutcome>(no_room())
                                             : append_to(*stored, room.drafts, ++time_));
      }
    }
    return outcomes;
  }

  Result<LogPage> read(std::uint64_t room_id, std::int64_t reader_id,
                       const LogRange& range) override {
    const std::lock_guard lock(mutex_);
    ++reads_;
    if (failure_) return *failure_;
    auto* room = room_of(room_id);
    if (room == nullptr) return no_room();
    if (reader_id != 0 && !is_in(*room, reader_id)) return no_member();
    return page_of(*room, range);
  }

  Result<std::vector<Head>> heads(std::span<const std::uint64_t> rooms) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    std::vector<Head> heads;
    for (const auto& [id, room] : rooms_) {
      if (std::find(rooms.begin(), rooms.end(), id) != rooms.end()) heads.push_back(head_of(room));
    }
    return heads;
  }

  Result<MemberOutcome> join(const MemberChange& change) override {
    return change_member(change, EntryKind::member_joined);
  }
  Result<MemberOutcome> leave(const MemberChange& change) override {
    return change_member(change, EntryKind::member_left);
  }

  Result<ChangeOutcome> change(const MessageChange& change) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    auto* room = room_of(change.room_id);
    if (room == nullptr) return no_room();
    apply_blocks(*room);
    return change_message(*room, change, ++time_, limits_);
  }

  Result<References> look_up(std::uint64_t room_id, std::uint64_t reply_to,
                             std::span<const std::int64_t> user_ids) override {
    auto members = members_among(room_id, user_ids);
    if (!members) return members.error();
    const std::lock_guard lock(mutex_);
    ++look_ups_;
    auto* room = room_of(room_id);
    return References{room != nullptr && message_at(*room, reply_to) != nullptr,
                      std::move(*members)};
  }

  Result<LogPage> pins(std::uint64_t room_id, std::int64_t reader_id) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    auto* room = room_of(room_id);
    if (room == nullptr) return no_room();
    if (reader_id != 0 && !is_in(*room, reader_id)) return no_member();
    return pinned_page(*room);
  }

  Result<Room> create(const NewRoom& room) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    return insert(room);
  }

  Result<Room> find_or_create_direct(const NewRoom& room, bool* created) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    const auto pair = std::minmax({room.creator.id, room.members.front().id});
    const auto known = direct_rooms_.find(pair);
    *created = false;
    if (has_blocked(room.members.front().id, room.creator.id)) return blocked_error();
    *created = known == direct_rooms_.end();
    if (!*created) return shown(rooms_[known->second], true);
    auto made = insert(room);
    if (!made) return made;
    direct_rooms_[pair] = room.room_id;
    rooms_[room.room_id].pair = pair;
    return made;
  }

  Result<Room> find(const std::string& gid, bool with_members) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    const auto known = gids_.find(gid);
    if (known == gids_.end()) return no_room();
    return shown(rooms_[known->second], with_members);
  }

  Result<std::vector<std::int64_t>> members_among(std::uint64_t room_id,
                                                  std::span<const std::int64_t> user_ids) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    const auto* room = room_of(room_id);
    std::vector<std::int64_t> members;
    for (const auto id : user_ids) {
      if (room != nullptr && is_in(*room, id)) members.push_back(id);
    }
    return members;
  }

  Result<std::vector<Room>> of_user(std::int64_t user_id, std::uint32_t limit) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    std::map<std::int64_t, const Stored*, std::greater<>> newest_first;
    for (const auto& [id, room] : rooms_) {
      if (is_in(room, user_id)) newest_first[room.members.at(user_id).added_ms] = &room;
    }
    std::vector<Room> found;
    for (const auto& [joined, room] : newest_first) {
      if (found.size() == limit) break;
      found.push_back(shown(*room, room->room.kind == RoomKind::direct));
    }
    return found;
  }

  Result<std::vector<Person>> people(std::span<const std::int64_t> user_ids) override {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    std::vector<Person> found;
    for (const auto id : std::set(user_ids.begin(), user_ids.end()))
      if (people_.contains(id)) found.push_back(people_.at(id));
    return found;
  }

 private:
  Stored* room_of(std::uint64_t room_id) {
    const auto found = rooms_.find(room_id);
    return found == rooms_.end() ? nullptr : &found->second;
  }

  /// As the people are known now, members by time, then id.
  Room shown(const Stored& room, bool with_members) {
    Room out = room.room;
    out.head = head_of(room);
    out.created_by = people_[out.created_by.id];
    if (!with_members) return out;
    for (const auto& [id, member] : room.members) {
      auto& added = out.members.emplace_back(member);
      added.person = people_[id];
      added.added_by_username = people_[member.added_by].username;
    }
    std::stable_sort(out.members.begin(), out.members.end(),
                     [](const Member& a, const Member& b) { return a.added_ms < b.added_ms; });
    return out;
  }

  [[nodiscard]] bool has_all_rooms(std::int64_t user_id) const {
    std::size_t rooms = 0;
    for (const auto& [id, room] : rooms_) rooms += is_in(room, user_id) ? 1 : 0;
    return rooms >= limits_.rooms;
  }

  Result<Room> insert(const NewRoom& room) {
    if (rooms_.count(room.room_id) > 0 || gids_.count(room.gid) > 0) {
      return Error{ErrorCode::already_exists, "the gid or room id is taken"};
    }
    auto people = room.members;
    people.push_back(room.creator);
    for (const auto& person : people) {
      if (has_all_rooms(person.id)) return too_many_rooms(limits_);
    }
    gids_[room.gid] = room.room_id;
    auto& stored = rooms_[room.room_id];
    const auto now = ++time_;
    stored.room = {room.room_id, room.gid, room.name, room.kind, now, room.creator, {}, {}};
    stored.room.topic = room.topic;
    stored.room.picture = room.picture;
    for (const auto& person : people) {
      people_[person.id] = person;
      stored.members[person.id] = {person, Role::member, now, room.creator.id, ""};
    }
    if (room.kind != RoomKind::direct) stored.members[room.creator.id].role = Role::owner;
    return shown(stored, true);
  }

  Result<MemberOutcome> change_member(const MemberChange& change, EntryKind kind) {
    const std::lock_guard lock(mutex_);
    if (failure_) return *failure_;
    auto* room = room_of(change.room_id);
    if (room == nullptr) return no_room();
    auto facts = facts_of(*room, change.actor.id, change.member.id);
    if (!change.invite.empty()) {
      facts.invited = room->invites.count(change.invite) > 0;
      if (!facts.invited && !facts.subject) return Error{ErrorCode::not_found, "no invitation"};
    }
    const bool joins = kind == EntryKind::member_joined;
    const bool reopens = joins && change.reopens_direct && !facts.subject;
    const auto allowed = joins ? check_join(facts, change.role) : check_leave(facts);
    if (!reopens && !allowed) return allowed.error();
    if (joins && room->members.size() >= limits_.members) return too_many_members(limits_);
    if (joins && has_all_rooms(change.member.id)) return too_many_rooms(limits_);
    const auto role = joins ? change.role : *facts.subject;
    auto entry = membership_entry(change, role, kind, facts.self);
    entry.created_ms = ++time_;
    const auto& added = add_entry(*room, std::move(entry));
    const Member member{change.member, role, added.created_ms, change.actor.id,
                        change.actor.username};
    if (joins) {
      people_[change.actor.id] = change.actor;
      people_[change.member.id] = change.member;
      room->members[change.member.id] = member;
      room->reads[change.member.id] = added.seq;
      if (!change.invite.empty()) use_invite(*room, change.invite);
    } else {
      room->members.erase(change.member.id);
    }
    return MemberOutcome{member, added};
  }

  BeforeAppend before_append_;
  std::uint64_t held_ = 0;
  std::string poison_;
  std::mutex mutex_;  // Guards all below.
  std::optional<Error> failure_;
  std::size_t reads_ = 0;
  std::size_t look_ups_ = 0;
  std::int64_t time_ = 0;
  std::map<std::uint64_t, Stored> rooms_;
  std::map<std::string, std::uint64_t> gids_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::uint64_t> direct_rooms_;
  std::map<std::int64_t, Person> people_;
};

}  // namespace confab::message_store
