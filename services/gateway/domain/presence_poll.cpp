// The part of PresenceWatch that goes round by itself.
#include <algorithm>

#include "gateway/domain/presence_watch.hpp"

namespace confab::gateway {
namespace {

// When the members of a page could not be read.
constexpr std::chrono::milliseconds kListAgain{10'000};

}  // namespace

Task<> PresenceWatch::poll() {
  for (;;) {
    co_await loop_.sleep(spread(options_.poll));
    if (pages_.empty()) continue;
    co_await renew_lists();
    co_await read_marks();
    for (const auto& [key, page] : pages_) tell(*page);
  }
}

/// The members of those pages of which it is time.
Task<> PresenceWatch::renew_lists() {
  std::vector<PagePtr> due;
  for (const auto& [key, page] : pages_) {
    if (page->list_at <= loop_.now() && due.size() < kMaxLists) due.push_back(page);
  }
  for (const auto& page : due) co_await renew_list(page);
}

Task<> PresenceWatch::renew_list(PagePtr page) {
  const Key key(page->room.room_id, page->range.after, page->range.limit);
  const auto still_there = [&] {
    const auto found = pages_.find(key);
    return found != pages_.end() && found->second == page;
  };
  if (!still_there()) co_return;
  const auto reader = page->watchers.begin()->second.session;
  page->list_at = loop_.now() + kListAgain;
  const auto members = co_await store_.list_members(page->room.gid, reader->user_id(), page->range);
  if (!still_there()) co_return;
  if (!members) {
    // Their removal went unheard.
    if (members.error().code == ErrorCode::not_a_member) unwatch(*reader, page->room.room_id);
    co_return;
  }
  std::vector<Shown> now;
  for (const auto& member : members->items) {
    const auto known = std::find_if(page->told.begin(), page->told.end(), [&](const Shown& one) {
      return one.user.id == member.user.id;
    });
    auto& one = now.emplace_back();
    if (known != page->told.end()) one = *known;
    one.user = member.user;
  }
  shown_ = shown_ + now.size() - page->told.size();
  page->told = std::move(now);
  const bool more = members->more && !members->items.empty();
  page->next = more ? members->items.back().user.id : 0;
  page->list_at = loop_.now() + spread(kListLife);
}

std::vector<std::int64_t> PresenceWatch::looked_at() const {
  std::vector<std::int64_t> users;
  users.reserve(shown_);
  for (const auto& [key, page] : pages_) {
    for (const auto& member : page->told) users.push_back(member.user.id);
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  return users;
}

/// Each once, and spread over half of the time to the next poll where they are many.
Task<> PresenceWatch::read_marks() {
  const auto users = looked_at();
  std::erase_if(marks_, [&](const auto& mark) {
    return !std::binary_search(users.begin(), users.end(), mark.first);
  });
  const auto batches = static_cast<std::int64_t>(users.size() / kMaxRead + 1);
  for (std::size_t from = 0; from < users.size(); from += kMaxRead) {
    if (from > 0) co_await loop_.sleep(options_.poll / (2 * batches));
    const auto to = std::min(from + kMaxRead, users.size());
    std::vector<std::int64_t> batch(users.begin() + static_cast<std::ptrdiff_t>(from),
                                    users.begin() + static_cast<std::ptrdiff_t>(to));
    const auto marks = co_await board_.last_marks(batch);
    if (!marks || marks->size() != batch.size()) {
      doubt();
      continue;
    }
    counters_.read(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) learn(batch[i], (*marks)[i]);
  }
}

void PresenceWatch::learn(std::int64_t user_id, std::int64_t mark) {
  auto& known = marks_[user_id];
  if (mark == 0 && is_fresh(known)) {
    doubted_until_ = loop_.now() + options_.online_for;
  }
  known = mark;
}

/// Nothing new is told of those of whom nobody can tell.
void PresenceWatch::tell(Page& page) {
  if (loop_.now() < page.tell_at) return;
  std::vector<Shown> changed;
  for (auto& told : page.told) {
    const auto mark = marks_.find(told.user.id);
    if (mark == marks_.end()) continue;
    const auto online = is_online(mark->second);
    if (!online || online == told.online) continue;
    told.online = online;
    told.seen_ms = mark->second;
    changed.push_back(told);
  }
  const bool somebody_is_behind =
      std::any_of(page.watchers.begin(), page.watchers.end(),
                  [](const auto& watcher) { return watcher.second.behind; });
  if (changed.empty() && !somebody_is_behind) return;
  page.tell_at = loop_.now() + spacing_for(page.watchers.size(), options_.poll) - options_.poll;
  const EventBatch news(page.room, {}, {presence_event(page.room.gid, changed)});
  std::vector<EventPtr> all;
  if (somebody_is_behind) all.push_back(presence_event(page.room.gid, page.told));
  const EventBatch whole(page.room, {}, std::move(all));
  for (auto& [key, watcher] : page.watchers) {
    if (changed.empty() && !watcher.behind) continue;
    watcher.behind = !watcher.session->offer(watcher.behind ? whole : news);
  }
  counters_.told(page.watchers.size());
}

}  // namespace confab::gateway
