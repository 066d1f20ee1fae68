#include "gateway/domain/cut_sessions.hpp"

#include <algorithm>
#include <utility>

namespace confab::gateway {

void CutSession::confirm(std::uint64_t room_id, std::uint64_t epoch, std::uint64_t seq) {
  const auto named = std::find_if(rooms.begin(), rooms.end(), [&](const ToldPlace& place) {
    return place.room.room_id == room_id && place.from.epoch == epoch;
  });
  if (named == rooms.end() || seq <= named->from.seq) return;
  const auto count = seq - named->from.seq;
  if (count > named->told.size()) return;
  const auto mark = named->told[count - 1];
  for (auto& place : rooms) {
    auto end = std::lower_bound(place.told.begin(), place.told.end(), mark);
    // Entries that are told at once may arrive in part.
    if (&place == &*named) end = place.told.begin() + static_cast<std::ptrdiff_t>(count);
    place.from.seq += static_cast<std::uint64_t>(end - place.told.begin());
    place.told.erase(place.told.begin(), end);
  }
}

void CutSessions::keep(const std::string& id, CutSession session) {
  if (!enabled() || rooms_of(session) > kMaxRoomsOfOne) return;
  if (const auto found = kept_.find(id); found != kept_.end()) remove(found);
  const auto until = loop_.now() + window_;
  rooms_ += rooms_of(session);
  kept_[id] = {std::move(session), until};
  order_.emplace_back(until, id);
  while (order_.size() > kMaxSessions || (rooms_ > kMaxRooms && kept_.size() > 1)) drop_oldest();
}

std::optional<CutSession> CutSessions::take(const std::string& id, std::int64_t user_id) {
  const auto found = kept_.find(id);
  if (found == kept_.end()) {
    const auto session = live_.find(user_id, id);
    if (session == nullptr) return std::nullopt;
    return session->give_up();
  }
  if (found->second.session.user_id != user_id) return std::nullopt;
  const bool late = found->second.until <= loop_.now();
  auto session = remove(found);
  if (late) return std::nullopt;
  return session;
}

void CutSessions::sweep() {
  while (!order_.empty() && order_.front().first <= loop_.now()) drop_oldest();
}

void CutSessions::drop_oldest() {
  const auto [until, id] = std::move(order_.front());
  order_.pop_front();
  const auto found = kept_.find(id);
  if (found != kept_.end() && found->second.until == until) remove(found);
}

std::size_t CutSessions::rooms_of(const CutSession& session) {
  return session.rooms.size() + session.known.size();
}

CutSession CutSessions::remove(Map::iterator place) {
  rooms_ -= rooms_of(place->second.session);
  auto session = std::move(place->second.session);
  kept_.erase(place);
  return session;
}

}  // namespace confab::gateway
