#include "gateway/domain/watching.hpp"

#include <algorithm>

#include "gateway/domain/chat.hpp"

namespace confab::gateway {
namespace {

Error no_room() { return {ErrorCode::room_not_found, "there is no such room"}; }

}  // namespace

Watching::Look* Watching::find(const Session& session, const std::string& gid) {
  const auto found = sessions_.find(&session);
  if (found == sessions_.end()) return nullptr;
  const auto look = std::find_if(found->second.begin(), found->second.end(),
                                 [&](const Look& one) { return one.gid == gid; });
  return look == found->second.end() ? nullptr : &*look;
}

/// The number of the look that begins; what the session looked at in the room is over.
std::uint64_t Watching::begin(const Session& session, const std::string& gid) {
  unwatch(session, gid);
  auto& looks = sessions_[&session];
  if (looks.size() >= kMaxRooms) {
    cease(session, looks.front());
    looks.erase(looks.begin());
  }
  looks.push_back({gid, 0, ++last_number_});
  return last_number_;
}

void Watching::cease(const Session& session, const Look& look) {
  if (look.room_id == 0) return;
  typing_.unwatch(session, look.room_id);
  presence_.unwatch(session, look.room_id);
}

Task<Result<PresencePage>> Watching::look(User reader, std::string gid, UserRange range) {
  if (!is_gid(gid)) co_return no_room();
  const auto standing = co_await store_.standing(gid, reader.id);
  if (!standing) co_return standing.error();
  co_return co_await presence_.look(reader.id, std::move(gid), range, standing->blocked);
}

Task<Result<PresencePage>> Watching::watch(std::shared_ptr<Session> session, std::string gid,
                                           UserRange range) {
  if (!is_gid(gid)) co_return no_room();
  // leave() has been called, and will not be again.
  if (session->gone()) co_return Error{ErrorCode::unavailable, "the session is over"};
  const auto number = begin(*session, gid);
  const auto wanted = [this, session, gid, number] {
    const auto* look = session->gone() ? nullptr : find(*session, gid);
    return look != nullptr && look->number == number;
  };
  const auto standing = co_await store_.standing(gid, session->user_id());
  if (!standing || standing->blocked) {
    if (wanted()) unwatch(*session, gid);
    if (!standing) co_return standing.error();
    co_return co_await presence_.look(session->user_id(), std::move(gid), range, true);
  }
  RoomRef room;
  room.room_id = standing->room_id;
  room.gid = gid;
  if (wanted()) find(*session, gid)->room_id = room.room_id;
  auto page = co_await presence_.watch(session, room, range, wanted);
  if (page && wanted()) typing_.watch(session, room);
  if (!page && wanted()) unwatch(*session, gid);
  co_return page;
}

void Watching::unwatch(const Session& session, const std::string& gid) {
  const auto* look = find(session, gid);
  if (look == nullptr) return;
  cease(session, *look);
  auto& looks = sessions_[&session];
  looks.erase(looks.begin() + (look - looks.data()));
  if (looks.empty()) sessions_.erase(&session);
}

void Watching::leave(const Session& session) {
  const auto found = sessions_.find(&session);
  if (found == sessions_.end()) return;
  for (const auto& look : found->second) cease(session, look);
  sessions_.erase(found);
}

std::vector<std::string> Watching::rooms_of(const Session& session) const {
  std::vector<std::string> gids;
  const auto found = sessions_.find(&session);
  if (found == sessions_.end()) return gids;
  for (const auto& look : found->second) gids.push_back(look.gid);
  return gids;
}

}  // namespace confab::gateway
