#include "gateway/domain/heard_log.hpp"

namespace confab::gateway {
namespace {

/// Whether the page shows something that came after `place`.
bool is_beyond(const LogPage& page, const Position& place) {
  if (page.entries.empty()) return false;
  const auto& last = page.entries.back();
  return last.epoch != place.epoch || last.seq > place.seq;
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
  const Key key(room_id, range.after, range.before, range.limit);
  auto flight = flights_[key];
  if (flight) {
    const auto over = flight->over;
    co_await over->passed();
  } else {
    flight = std::make_shared<Flight>();
    flight->over = loop_.make_gate();
    flights_[key] = flight;
    flight->page = co_await store_.read(room_id, 0, range);
    flights_.erase(key);
    flight->over->open();
  }
  // They may have been put out while it was read; or at a place this gateway has not heard yet.
  const auto now = heard(user_id, room_id);
  if (!now) co_return out;
  if (flight->page && is_beyond(*flight->page, *now)) {
    out.emplace(co_await store_.read(room_id, user_id, range));
  } else {
    out.emplace(flight->page);
  }
  co_return out;
}

}  // namespace confab::gateway
