#include "gateway/domain/heard_log.hpp"

namespace confab::gateway {

bool HeardLog::listens(std::int64_t user_id, std::uint64_t room_id) const {
  return sessions_.any_of(
      user_id, [&](const Session& session) { return hub_.position(session, room_id).has_value(); });
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
  if (!listens(user_id, room_id)) co_return out;
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
  // They may have been put out while it was read.
  if (listens(user_id, room_id)) out.emplace(flight->page);
  co_return out;
}

}  // namespace confab::gateway
