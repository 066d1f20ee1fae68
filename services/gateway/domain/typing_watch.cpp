#include "gateway/domain/typing_watch.hpp"

#include <algorithm>

namespace confab::gateway {

void TypingWatch::watch(std::shared_ptr<Session> session, const RoomRef& room) {
  auto& watched = rooms_[room.room_id];
  if (!watched) {
    watched = std::make_shared<Room>(room);
    channel_.follow(room.room_id);
  }
  const auto* key = session.get();
  watched->watchers[key] = {std::move(session), false};
  if (!watched->typers.empty()) change(watched);
}

void TypingWatch::unwatch(const Session& session, std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  found->second->watchers.erase(&session);
  if (!found->second->watchers.empty()) return;
  rooms_.erase(found);
  channel_.unfollow(room_id);
}

void TypingWatch::on_notice(const TypingNotice& notice) {
  const auto found = rooms_.find(notice.room_id);
  if (found == rooms_.end()) return;
  auto& typers = found->second->typers;
  const auto known = std::find_if(typers.begin(), typers.end(), [&](const Typer& typer) {
    return typer.user.id == notice.user.id;
  });
  if (!notice.on) {
    if (known == typers.end()) return;
    typers.erase(known);
    return change(found->second);
  }
  const auto until = loop_.now() + kLife;
  if (known != typers.end()) {
    known->until = until;
  } else if (typers.size() < kMaxTypers) {
    typers.push_back({notice.user, until});
    change(found->second);
  }
}

void TypingWatch::on_entries(std::uint64_t room_id,
                             const std::vector<std::shared_ptr<const Entry>>& entries) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end() || found->second->typers.empty()) return;
  for (const auto& entry : entries) {
    if (entry->kind == EntryKind::message) cease(found->second, entry->actor_id);
    if (entry->kind == EntryKind::member_left) cease(found->second, entry->subject_id);
  }
}

/// It is told by go_on(), which runs while there is somebody to be forgotten.
void TypingWatch::cease(const RoomPtr& room, std::int64_t user_id) {
  const auto ceased =
      std::erase_if(room->typers, [&](const Typer& typer) { return typer.user.id == user_id; });
  if (ceased > 0) room->changed = true;
}

void TypingWatch::change(const RoomPtr& room) {
  room->changed = true;
  if (std::exchange(room->busy, true)) return;
  loop_.spawn([this, room] { return go_on(room); });
}

/// Runs while somebody types there and somebody looks.
Task<> TypingWatch::go_on(RoomPtr room) {
  for (;;) {
    const auto now = loop_.now();
    const auto ceased =
        std::erase_if(room->typers, [&](const Typer& typer) { return typer.until <= now; });
    const bool changed = std::exchange(room->changed, false) || ceased > 0;
    const bool all_told = tell(*room, changed);
    co_await loop_.sleep(spacing_for(room->watchers.size(), kSpacing));
    const bool over = room->typers.empty() && !room->changed && all_told;
    if (over || room->watchers.empty()) break;
  }
  room->busy = false;
}

/// Tells all who look, or only those who missed the last change. Whether nobody missed any.
bool TypingWatch::tell(Room& room, bool changed) {
  std::vector<User> named;
  for (const auto& typer : room.typers) {
    if (named.size() < kNamed) named.push_back(typer.user);
  }
  const EventBatch batch(room.ref, {}, {typing_event(room.ref.gid, named, room.typers.size())});
  bool all_told = true;
  for (auto& [key, watcher] : room.watchers) {
    if (changed || watcher.behind) offer(room, watcher, batch);
    all_told = all_told && !watcher.behind;
  }
  return all_told;
}

/// Nobody is told of themselves, nor twice of nobody.
void TypingWatch::offer(Room& room, Watcher& watcher, const EventBatch& to_others) {
  const auto user_id = watcher.session->user_id();
  std::vector<User> others;
  bool types = false;
  for (const auto& typer : room.typers) {
    if (typer.user.id == user_id) {
      types = true;
    } else if (others.size() < kNamed) {
      others.push_back(typer.user);
    }
  }
  const auto count = room.typers.size() - (types ? 1 : 0);
  if (count == 0 && !watcher.sees_some) return;
  if (types) {
    const EventBatch batch(room.ref, {}, {typing_event(room.ref.gid, others, count)});
    watcher.behind = !watcher.session->offer(batch);
  } else {
    watcher.behind = !watcher.session->offer(to_others);
  }
  watcher.sees_some = count > 0 || watcher.behind;
}

}  // namespace confab::gateway
