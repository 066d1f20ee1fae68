#include "gateway/domain/heard_log.hpp"

namespace confab::gateway {
namespace {

/// Whether the page shows something that came after `place`: a folded one may, as its messages are
/// what the log up to its head has made them.
bool is_beyond(const LogPage& page, bool folded, const Position& place) {
  if (page.entries.empty()) return false;
  const auto& last = page.entries.back();
  return last.epoch != place.epoch || (folded ? page.head.seq : last.seq) > place.seq;
}

}  // namespace

std::optional<Position> HeardLog::heard(std::int64_t user_id, std::uint64_t room_id) const {
  std::optional<Position> place;
  (void)sessions_.any_of(user_id, [&](const Session& session) {
    place = hub_.position(session, room_id);
    return place.has_value();
  });
  return place;
}

void HeardLog::stored(std::uint64_t room_id, const Ack& ack) {
  Position place;
  place.epoch = ack.epoch;
  place.seq = ack.seq;
  hub_.stored(room_id, place);
  outdate(room_id);
}

void HeardLog::changed(std::uint64_t room_id, const Ack& ack) {
  stored(room_id, ack);
  kept_.forget(room_id);
}

void HeardLog::changed(std::uint64_t room_id) {
  hub_.changed(room_id);
  outdate(room_id);
  kept_.forget(room_id);
}

void HeardLog::outdate(std::uint64_t room_id) {
  if (flights_.empty()) return;
  const auto first = flights_.lower_bound(KeptPages::first_of(room_id));
  auto last = first;
  while (last != flights_.end() && last->first.room_id == room_id) ++last;
  flights_.erase(first, last);
}

Task<std::optional<Result<LogPage>>> HeardLog::page(std::int64_t user_id, std::uint64_t room_id,
                                                    LogRange range) {
  std::optional<Result<LogPage>> out;
  const auto before = heard(user_id, room_id);
  if (!before) co_return out;
  auto kept = hub_.recent_page(room_id, range);
  if (kept) {
    out.emplace(std::move(*kept));
    co_return out;
  }
  const Key key{room_id, range};  // GCC 12 mishandles temporaries within a co_await.
  const auto page = co_await shared_page(key);
  // They may have been put out while it was read; or at a place this gateway has not heard yet.
  const auto now = heard(user_id, room_id);
  if (!now) co_return out;
  if (!page) {
    out.emplace(page.error());
  } else if (is_beyond(**page, range.folded, *now)) {
    out.emplace(co_await store_.read(room_id, user_id, range));
  } else {
    out.emplace(**page);
  }
  co_return out;
}

Task<Result<HeardLog::Page>> HeardLog::shared_page(Key key) {
  auto kept = kept_.find(key, loop_.now());
  if (kept && hub_.ends_at(key.room_id, kept->head)) co_return kept;
  const auto known = flights_.find(key);
  auto flight = known == flights_.end() ? nullptr : known->second;
  // One that began before a change was heard may bring back what a redaction has taken away.
  if (flight && flight->changes == hub_.changes_heard(key.room_id)) {
    const auto over = flight->over;
    co_await over->passed();
  } else {
    flight = std::make_shared<Flight>();
    co_await fly(key, flight);
  }
  co_return flight->page;
}

/// Reads the page for all who come until it is there.
Task<> HeardLog::fly(Key key, std::shared_ptr<Flight> flight) {
  flight->over = loop_.make_gate();
  flight->changes = hub_.changes_heard(key.room_id);
  flights_[key] = flight;
  auto page = co_await store_.read(key.room_id, 0, key.range);
  if (page) {
    flight->page = std::make_shared<const LogPage>(std::move(*page));
  } else {
    flight->page = page.error();
  }
  const auto latest = flights_.find(key);
  if (latest != flights_.end() && latest->second == flight) {
    flights_.erase(latest);
    if (flight->page) kept_.keep(key, *flight->page, loop_.now());
  }
  flight->over->open();
}

}  // namespace confab::gateway
