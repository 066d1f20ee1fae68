#pragma once

#include <boost/json.hpp>
#include <set>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/fake_room.hpp"

namespace confab::message_store {

/// How messages of a FakeStore's room are changed, and shown folded.
struct FakeMessages : FakeRoomRules {
  static Entry* message_at(Stored& room, std::uint64_t seq) {
    if (seq == 0 || seq > room.log.size()) return nullptr;
    auto& entry = room.log[seq - 1];
    return entry.kind == EntryKind::message ? &entry : nullptr;
  }

  static Result<ChangeOutcome> change_message(Stored& room, const MessageChange& change,
                                              std::int64_t now, const StoreLimits& limits) {
    const auto id = stored_client_msg_id(change);
    for (const auto& entry : room.log) {
      if (id.empty() || entry.client_msg_id != id || entry.actor_id != change.actor.id) continue;
      if (entry.target_seq == change.target_seq) return ChangeOutcome{place_of(entry), {}};
      return Error{ErrorCode::already_exists, "client_msg_id is of an edit of another message"};
    }
    const auto facts = facts_about(room, change, now);
    const auto changes = judge(change, facts, limits);
    if (!changes) return changes.error();
    if (!*changes) {
      if (facts.since_seq == 0) return ChangeOutcome{};
      return ChangeOutcome{place_of(room.log[facts.since_seq - 1]), {}};
    }
    std::vector<std::int64_t> members;
    for (const auto& [user_id, member] : room.members) members.push_back(user_id);
    Entry entry;
    entry.kind = kind_of(change);
    entry.msg_id = change.msg_id;
    entry.actor_id = change.actor.id;
    entry.target_seq = change.target_seq;
    entry.client_msg_id = id.empty() ? change.msg_id.text() : id;
    entry.body = change_body(change, facts, members);
    entry.created_ms = now;
    const auto added = add_entry(room, std::move(entry));
    save(room, change, facts, added);
    auto place = place_of(added);
    place.repeat = false;
    return ChangeOutcome{place, added};
  }

  static void fold(Stored& room, LogPage& page) {
    for (const auto& entry : page.entries) {
      const auto found = room.changed.find(entry.seq);
      if (found == room.changed.end() || found->second.redacted > 0) continue;
      page.states.push_back(state_of(room, entry.seq, found->second));
    }
  }

  static LogPage pinned_page(Stored& room) {
    LogPage page;
    page.head = head_of(room);
    std::map<std::uint64_t, std::uint64_t, std::greater<>> latest_first;
    for (const auto& [seq, message] : room.changed) {
      if (message.pinned > 0) latest_first[message.pinned] = seq;
    }
    for (const auto& [pinned, seq] : latest_first) page.entries.push_back(room.log[seq - 1]);
    fold(room, page);
    std::sort(page.states.begin(), page.states.end(),
              [](const MessageState& a, const MessageState& b) { return a.seq < b.seq; });
    return page;
  }

  static LogPage page_of(Stored& room, const LogRange& range) {
    LogPage page;
    page.head = head_of(room);
    for (const auto& entry : room.log) {
      if (range.upward() && entry.seq <= range.after) continue;
      if (range.before > 0 && entry.seq >= range.before) continue;
      if (range.folded && changes_message(entry.kind)) continue;
      page.entries.push_back(entry);
    }
    page.more = page.entries.size() > range.limit;
    if (page.more && range.upward()) {
      page.entries.resize(range.limit);
    } else if (page.more) {
      page.entries.erase(page.entries.begin(), page.entries.end() - range.limit);
    }
    if (range.folded) fold(room, page);
    return page;
  }

 private:
  static Appended place_of(const Entry& entry) {
    return {entry.epoch, entry.seq, entry.msg_id, entry.created_ms, true};
  }

  static MessageFacts facts_about(Stored& room, const MessageChange& change, std::int64_t now) {
    MessageFacts facts;
    facts.room_kind = room.room.kind;
    facts.archived = room.room.archived;
    if (is_in(room, change.actor.id)) facts.actor = room.members.at(change.actor.id).role;
    const auto* message = message_at(room, change.target_seq);
    if (message == nullptr) return facts;
    const auto& state = room.changed[change.target_seq];
    facts.exists = true;
    facts.sender_id = message->actor_id;
    facts.msg_id = message->msg_id;
    facts.age = std::chrono::milliseconds(now - message->created_ms);
    facts.edits = state.edits.size();
    facts.redacted = state.redacted > 0;
    const auto& latest = state.edits.empty() ? *message : room.log[state.edits.back() - 1];
    const auto body = boost::json::parse(latest.body).as_object();
    if (const auto* attributes = body.if_contains("attributes")) {
      facts.attributes = boost::json::serialize(*attributes);
    }
    if (const auto* reply_to = body.if_contains("reply_to")) {
      facts.reply_to = reply_to->to_number<std::uint64_t>();
    }
    if (std::holds_alternative<Redact>(change.what)) facts.since_seq = state.redacted;
    if (std::holds_alternative<Pin>(change.what)) facts.since_seq = state.pinned;
    for (const auto& [seq, one] : room.changed) facts.pins += one.pinned > 0 ? 1 : 0;
    if (const auto* react = std::get_if<React>(&change.what)) {
      std::set<std::string> others;
      for (const auto& [reaction, user_id, seq] : state.reactions) {
        if (reaction != react->reaction) {
          others.insert(reaction);
          continue;
        }
        ++facts.of_this_kind;
        if (user_id == change.actor.id) facts.since_seq = seq;
      }
      facts.other_kinds = others.size();
    }
    return facts;
  }

  static void save(Stored& room, const MessageChange& change, const MessageFacts& facts,
                   const Entry& entry) {
    auto& state = room.changed[change.target_seq];
    if (std::holds_alternative<Edit>(change.what)) state.edits.push_back(entry.seq);
    if (const auto* pin = std::get_if<Pin>(&change.what)) {
      state.pinned = pin->pinned ? entry.seq : 0;
    }
    if (std::holds_alternative<Redact>(change.what)) {
      state.redacted = entry.seq;
      state.pinned = 0;
      state.reactions.clear();
      const auto bodies = redacted_bodies(change, facts, entry.seq, entry.created_ms);
      room.log[change.target_seq - 1].body = bodies.message;
      for (const auto edit : state.edits) room.log[edit - 1].body = bodies.edit;
    }
    if (const auto* react = std::get_if<React>(&change.what)) {
      std::erase_if(state.reactions, [&](const FakeMessage::Reaction& one) {
        return one.reaction == react->reaction && one.user_id == change.actor.id;
      });
      if (!react->remove) {
        state.reactions.push_back({react->reaction, change.actor.id, entry.seq});
      }
    }
  }

  static MessageState state_of(const Stored& room, std::uint64_t seq, const FakeMessage& message) {
    MessageState state;
    state.seq = seq;
    state.pinned = message.pinned > 0;
    if (!message.edits.empty()) {
      const auto& edit = room.log[message.edits.back() - 1];
      state.edit_seq = edit.seq;
      state.edited_ms = edit.created_ms;
      state.edit_body = edit.body;
    }
    for (const auto& one : message.reactions) {
      auto found =
          std::find_if(state.reactions.begin(), state.reactions.end(),
                       [&](const ReactionCount& known) { return known.reaction == one.reaction; });
      if (found == state.reactions.end()) {
        found = state.reactions.insert(found, {one.reaction, 0, {}});
      }
      if (++found->count <= kMaxNamedReactors) found->user_ids.push_back(one.user_id);
    }
    return state;
  }
};

}  // namespace confab::message_store
