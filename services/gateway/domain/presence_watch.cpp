#include "gateway/domain/presence_watch.hpp"

#include <algorithm>

namespace confab::gateway {
namespace {

Error full() {
  return {ErrorCode::overloaded, "too many members are looked at", std::chrono::seconds(5)};
}

std::vector<std::int64_t> ids_of(const std::vector<Shown>& members) {
  std::vector<std::int64_t> ids;
  ids.reserve(members.size());
  for (const auto& member : members) ids.push_back(member.user.id);
  return ids;
}

std::vector<Shown> shown(const std::vector<Member>& members) {
  std::vector<Shown> out;
  out.reserve(members.size());
  for (const auto& member : members) out.push_back({member.user, std::nullopt, 0});
  return out;
}

std::int64_t next_of(const ListPage<Member>& page) {
  return page.more && !page.items.empty() ? page.items.back().user.id : 0;
}

}  // namespace

bool PresenceWatch::is_fresh(std::int64_t mark) const {
  const auto now = clock_.now().time_since_epoch();
  return mark > 0 && now - std::chrono::milliseconds(mark) < options_.online_for;
}

/// Nothing: nobody can tell.
std::optional<bool> PresenceWatch::is_online(std::int64_t mark) const {
  if (is_fresh(mark)) return true;
  if (loop_.now() < doubted_until_) return std::nullopt;
  return false;
}

void PresenceWatch::doubt() {
  counters_.read_failed();
  doubted_until_ = loop_.now() + options_.online_for;
}

/// A page nobody looks at yet.
Task<Result<PresenceWatch::PagePtr>> PresenceWatch::make_page(std::int64_t reader_id, RoomRef room,
                                                              UserRange range) {
  const auto members = co_await store_.list_members(room.gid, reader_id, range);
  if (!members) co_return members.error();
  const auto page = std::make_shared<Page>();
  page->room = std::move(room);
  page->range = range;
  page->told = shown(members->items);
  page->next = next_of(*members);
  page->list_at = loop_.now() + spread(kListLife);
  if (page->told.empty()) co_return page;
  const auto marks = co_await board_.last_marks(ids_of(page->told));
  if (!marks || marks->size() != page->told.size()) {
    doubt();
    co_return page;
  }
  for (std::size_t i = 0; i < marks->size(); ++i) {
    page->told[i].online = is_online((*marks)[i]);
    page->told[i].seen_ms = (*marks)[i];
  }
  co_return page;
}

Task<Result<PresencePage>> PresenceWatch::look(std::int64_t reader_id, std::string gid,
                                               UserRange range, bool see_nothing) {
  RoomRef room;
  room.gid = std::move(gid);
  const auto made = co_await make_page(reader_id, std::move(room), range);
  if (!made) co_return made.error();
  PresencePage page;
  page.gid = (*made)->room.gid;
  page.members = std::move((*made)->told);
  page.next = (*made)->next;
  if (!see_nothing) co_return page;
  for (auto& member : page.members) member.online.reset();
  co_return page;
}

Task<Result<PresencePage>> PresenceWatch::watch(std::shared_ptr<Session> session, RoomRef room,
                                                UserRange range, std::function<bool()> wanted) {
  const Key key(room.room_id, range.after, range.limit);
  if (!pages_.contains(key)) {
    const auto made = co_await make_page(session->user_id(), std::move(room), range);
    if (!made) co_return made.error();
    // Somebody else may have made it meanwhile.
    if (wanted() && !pages_.contains(key)) {
      if (shown_ + (*made)->told.size() > kMaxShown) co_return full();
      pages_.emplace(key, *made);
      shown_ += (*made)->told.size();
    }
  }
  if (!wanted()) co_return Error{ErrorCode::unavailable, "the room was left meanwhile"};
  auto& page = *pages_.at(key);
  const auto* who = session.get();
  page.watchers[who].session = std::move(session);
  PresencePage answer;
  answer.gid = page.room.gid;
  answer.members = page.told;
  answer.next = page.next;
  co_return answer;
}

void PresenceWatch::unwatch(const Session& session, std::uint64_t room_id) {
  const Key first(room_id, 0, 0);
  for (auto at = pages_.lower_bound(first);
       at != pages_.end() && std::get<0>(at->first) == room_id;) {
    const auto page = at++;
    page->second->watchers.erase(&session);
    if (page->second->watchers.empty()) drop(page);
  }
}

void PresenceWatch::drop(std::map<Key, PagePtr>::iterator page) {
  shown_ -= page->second->told.size();
  pages_.erase(page);
  if (pages_.empty()) marks_.clear();
}

void PresenceWatch::on_entries(std::uint64_t room_id,
                               const std::vector<std::shared_ptr<const Entry>>& entries) {
  const Key first(room_id, 0, 0);
  const auto from = pages_.lower_bound(first);
  if (from == pages_.end() || std::get<0>(from->first) != room_id) return;
  const bool concerns = std::any_of(entries.begin(), entries.end(), [](const auto& entry) {
    return entry->kind == EntryKind::member_joined || entry->kind == EntryKind::member_left;
  });
  if (!concerns) return;
  for (auto at = from; at != pages_.end() && std::get<0>(at->first) == room_id; ++at) {
    at->second->list_at = loop_.now();
  }
}

std::chrono::milliseconds PresenceWatch::spread(std::chrono::milliseconds time) {
  // 0.8 to 1.2 of it, so that gateways that began together do not stay together.
  return time * (800 + static_cast<std::int64_t>(random_.u64() % 401)) / 1000;
}

}  // namespace confab::gateway
