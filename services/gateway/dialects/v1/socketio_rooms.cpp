// The part of SocketIoDoor that keeps a session in the rooms of its user.
#include <algorithm>
#include <unordered_set>

#include "gateway/dialects/v1/render.hpp"
#include "gateway/dialects/v1/socketio_door.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kLongestPause{8000};
// Sessions look for their rooms within this time after the feed is back, not all at once.
constexpr double kSpreadMs = 2000;

double fraction(Random& random) {
  return static_cast<double>(random.u64() >> 11) / static_cast<double>(1ULL << 53);
}

std::chrono::milliseconds longer(std::chrono::milliseconds pause) {
  return std::min(pause * 2, kLongestPause);
}

KnownRoom known(const Room& room) { return {room.ref.gid, render_notice(room)}; }

std::shared_ptr<const LiveEvent> event(std::string name, std::string json) {
  return std::make_shared<LiveEvent>(std::move(name), std::move(json));
}

}  // namespace

/// Subscribes to the rooms the client wished for, as far as the user is in them.
Task<Result<>> SocketIoDoor::join_rooms(SessionPtr session) {
  const auto& wish = session->wish();
  if (!wish.all && wish.gids.empty()) co_return Result<>();
  const auto rooms = co_await parts_.chat.rooms(session->identity().user);
  if (!rooms) co_return rooms.error();
  std::vector<Admission> wanted;
  for (const auto& room : *rooms) {
    session->known_rooms().try_emplace(room.ref.room_id, known(room));
    const auto& gids = wish.gids;
    if (!wish.all && std::find(gids.begin(), gids.end(), room.ref.gid) == gids.end()) continue;
    wanted.push_back(admission(room));
  }
  co_return co_await parts_.hub.join(session, std::move(wanted));
}

/// The store was away when the client came: it is connected, and hears as soon as that is possible.
Task<> SocketIoDoor::join_rooms_later(SessionPtr session) {
  for (auto pause = kFirstPause; !session->gone(); pause = longer(pause)) {
    co_await parts_.loop.sleep(pause);
    if (session->gone()) co_return;
    const auto joined = co_await join_rooms(session);
    if (joined) co_return;
  }
}

Task<> SocketIoDoor::follow_notice(SessionPtr session, UserNotice notice) {
  const auto room_id = notice.room.room_id;
  if (!notice.added) {
    session->known_rooms().erase(room_id);
    parts_.hub.leave(*session, room_id);
    session->deliver(event("room.removed", notice.json));
    co_return;
  }
  const KnownRoom told{notice.room.gid, notice.json};
  if (session->known_rooms().try_emplace(room_id, told).second) {
    session->deliver(event("room.added", notice.json));
  }
  if (!session->wish().all || parts_.hub.listens(*session, room_id)) co_return;
  // From the entry on by which the user came in: nothing said since is missed.
  Admission room;
  room.room = notice.room;
  room.as_of.epoch = notice.epoch;
  room.as_of.seq = notice.seq;
  auto from = room.as_of;
  if (from.seq > 0) --from.seq;
  co_await hear_from(session, room, from);
}

/// Delivers what has been said since as if it came now, as soon as the store tells.
Task<> SocketIoDoor::hear_from(SessionPtr session, Admission room, Position from) {
  const auto room_id = room.room.room_id;
  for (auto pause = kFirstPause;; pause = longer(pause)) {
    const bool wanted = session->known_rooms().contains(room_id) && !session->gone();
    if (!wanted || parts_.hub.listens(*session, room_id)) co_return;
    const auto replay = co_await parts_.hub.resume(session, room, from);
    if (replay) {
      if (replay->reset) session->deliver(reset_event(room.room.gid, replay->head));
      for (const auto& entry : replay->events) session->deliver(to_event(*entry));
      co_return;
    }
    if (!error_traits(replay.error().code).retryable) co_return;
    co_await parts_.loop.sleep(pause);
  }
}

/// Notices may have been lost: compares the rooms there are with those the client knows.
Task<> SocketIoDoor::look_again(SessionPtr session) {
  const auto& wish = session->wish();
  if (!wish.all && wish.gids.empty()) co_return;  // It asks for its rooms itself.
  auto pause = std::chrono::milliseconds(static_cast<int>(fraction(parts_.random) * kSpreadMs));
  for (auto next = kFirstPause;; pause = next, next = longer(next)) {
    co_await parts_.loop.sleep(pause);
    if (session->gone()) co_return;
    const auto compared = co_await compare_rooms(session);
    if (compared) co_return;
  }
}

Task<Result<>> SocketIoDoor::compare_rooms(SessionPtr session) {
  const auto before = session->known_rooms();
  const auto rooms = co_await parts_.chat.rooms(session->identity().user);
  if (!rooms) co_return rooms.error();
  std::unordered_set<std::uint64_t> listed;
  for (const auto& room : *rooms) {
    listed.insert(room.ref.room_id);
    const auto told = known(room);
    if (!session->known_rooms().try_emplace(room.ref.room_id, told).second) continue;
    session->deliver(event("room.added", told.json));
    if (!session->wish().all) continue;
    parts_.loop.spawn([this, session, fresh = admission(room)] {
      return hear_from(session, fresh, fresh.as_of);
    });
  }
  for (const auto& [room_id, room] : before) {
    if (!listed.contains(room_id)) co_await tell_if_removed(session, room_id, room);
  }
  co_return Result<>();
}

/// The list is no proof: it has an end, and may be older than a notice.
Task<> SocketIoDoor::tell_if_removed(SessionPtr session, std::uint64_t room_id, KnownRoom room) {
  const auto asked = co_await parts_.chat.listenable(session->identity().user, room.gid);
  const bool out = !asked && (asked.error().code == ErrorCode::not_a_member ||
                              asked.error().code == ErrorCode::room_not_found);
  if (!out || session->known_rooms().erase(room_id) == 0) co_return;
  parts_.hub.leave(*session, room_id);
  session->deliver(event("room.removed", room.json));
}

}  // namespace confab::gateway::dialects
