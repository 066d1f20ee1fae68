// The part of SessionHost that keeps a session in the rooms of its user.
#include <unordered_set>
#include <utility>

#include "gateway/dialects/v1/render.hpp"
#include "gateway/dialects/v1/session_host.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kLongestPause{8000};
// How much later than the log the notice of what it says may be.
constexpr std::chrono::milliseconds kNoticeTime{2000};
// Sessions look for their rooms within this time after the feed is back, not all at once.
constexpr double kSpreadMs = 2000;

double fraction(Random& random) {
  return static_cast<double>(random.u64() >> 11) / static_cast<double>(1ULL << 53);
}

std::chrono::milliseconds longer(std::chrono::milliseconds pause) {
  return std::min(pause * 2, kLongestPause);
}

EventPtr event(std::string_view name, std::string json) {
  return std::make_shared<LiveEvent>(name, std::move(json));
}

}  // namespace

RoomCardPtr SessionHost::card(const Room& room) {
  return cards_.card(room.ref, render_notice(room));
}

/// Subscribes to the rooms the client wished for, as far as the user is in them.
Task<Result<>> SessionHost::join_rooms(SessionPtr session) {
  const auto& wish = session->wish();
  if (!wish.all && wish.gids.empty()) co_return Result<>();
  const bool joined = co_await join_recent_rooms(session);
  if (joined) co_return Result<>();
  const auto rooms = co_await parts_.chat.rooms(session->identity().user, options_.max_rooms);
  if (!rooms) co_return rooms.error();
  std::vector<Admission> wanted;
  session->expect_rooms(rooms->size());
  for (const auto& room : *rooms) {
    session->learn(card(room));
    if (wish.includes(room.ref.gid)) wanted.push_back(admission(room));
  }
  session->knows_all = true;
  co_return co_await parts_.hub.join(session, std::move(wanted));
}

/// The same without asking the store, for a user who was here a moment ago.
Task<bool> SessionHost::join_recent_rooms(SessionPtr session) {
  auto recent = parts_.sessions.recent().take(session->user_id());
  if (!recent) co_return false;
  std::vector<Admission> wanted;
  session->expect_rooms(recent->size());
  for (auto& entry : *recent) {
    if (session->wish().includes(entry.card->room.gid)) {
      Admission room;
      room.room = entry.card->room;
      room.as_of = entry.as_of;
      wanted.push_back(std::move(room));
    }
    session->learn(std::move(entry.card));
  }
  session->knows_all = true;
  const auto joined = co_await parts_.hub.join(session, std::move(wanted));
  if (!joined) co_return false;
  // The list may be from before a leave whose notice was lost; the room's log has told of it.
  for (const auto& room : session->known_rooms()) {
    const auto id = room->room.room_id;
    const bool wished = session->wish().includes(room->room.gid);
    if (wished && !parts_.hub.listens(*session, id)) session->put_out(id);
  }
  co_return true;
}

/// For when the user comes back. Only of those who heard all of their rooms it is known that they
/// have not been put out of one.
void SessionHost::remember_rooms(ClientSession& session) {
  if (!session.wish().all || !session.knows_all) return;
  RecentRooms::List rooms;
  rooms.reserve(session.known_rooms().size());
  for (const auto& known : session.known_rooms()) {
    auto heard = parts_.hub.position(session, known->room.room_id);
    if (!heard) return;
    rooms.push_back({known, std::move(*heard)});
  }
  parts_.sessions.recent().remember(session.user_id(), std::move(rooms));
}

/// The store was away when the client came: it is connected, and hears as soon as that is possible.
Task<> SessionHost::join_rooms_later(SessionPtr session) {
  for (auto pause = kFirstPause; !session->gone(); pause = longer(pause)) {
    co_await parts_.loop.sleep(pause);
    if (session->gone()) co_return;
    const auto joined = co_await join_rooms(session);
    if (joined) co_return;
  }
}

Task<> SessionHost::follow_notice(SessionPtr session, UserNotice notice) {
  const auto room_id = notice.room.room_id;
  session->take_put_out(room_id);
  if (!notice.added) {
    session->forget(room_id);
    session->forget_lag(room_id);
    parts_.hub.leave(*session, room_id);
    parts_.watching.unwatch(*session, notice.room.gid);
    session->tell(event("room.removed", notice.json));
    co_return;
  }
  if (session->learn(cards_.card(notice.room, notice.json))) {
    session->tell(event("room.added", notice.json));
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
Task<> SessionHost::hear_from(SessionPtr session, Admission room, Position from) {
  const auto room_id = room.room.room_id;
  for (auto pause = kFirstPause;; pause = longer(pause)) {
    const bool wanted = session->knows(room_id) && !session->gone();
    if (!wanted || parts_.hub.listens(*session, room_id)) co_return;
    const auto replay = co_await parts_.hub.resume(session, room, from);
    if (replay) {
      if (replay->reset) session->tell(reset_event(room.room.gid, replay->head));
      for (const auto& entry : replay->events) session->tell(to_event(entry));
      co_return;
    }
    if (!error_traits(replay.error().code).retryable) co_return;
    co_await parts_.loop.sleep(pause);
    // By then the log may have moved on further from the old one than anything is read at once.
    auto fresh = co_await parts_.chat.listenable(session->identity().user, room.room.gid);
    if (!fresh && !error_traits(fresh.error().code).retryable) co_return;
    if (fresh) room = std::move(*fresh);
  }
}

/// Notices may have been lost: compares the rooms there are with those the client knows.
Task<> SessionHost::look_again(SessionPtr session) {
  const auto& wish = session->wish();
  const bool asks_itself = !wish.all && wish.gids.empty();
  if (asks_itself && parts_.watching.rooms_of(*session).empty()) co_return;
  session->knows_all = false;
  auto pause = std::chrono::milliseconds(static_cast<int>(fraction(parts_.random) * kSpreadMs));
  for (auto next = kFirstPause;; pause = next, next = longer(next)) {
    if (std::exchange(session->looks_again, true)) co_return;  // Another one is about to.
    co_await parts_.loop.sleep(pause);
    if (session->gone()) co_return;
    session->looks_again = false;
    if (asks_itself) break;
    const auto compared = co_await compare_rooms(session);
    if (compared) break;
  }
  co_await check_watched_rooms(session);
}

/// Of those that the client does not know, too, it may have been put out.
Task<> SessionHost::check_watched_rooms(SessionPtr session) {
  for (const auto& gid : parts_.watching.rooms_of(*session)) {
    const auto asked = co_await parts_.chat.listenable(session->identity().user, gid);
    const bool out = !asked && !error_traits(asked.error().code).retryable;
    if (out) parts_.watching.unwatch(*session, gid);
  }
}

Task<Result<>> SessionHost::compare_rooms(SessionPtr session) {
  const auto before = session->known_rooms();
  const auto rooms = co_await parts_.chat.rooms(session->identity().user, options_.max_rooms);
  if (!rooms) co_return rooms.error();
  std::unordered_set<std::uint64_t> listed;
  for (const auto& room : *rooms) {
    listed.insert(room.ref.room_id);
    const auto told = card(room);
    // Put out, and in again, while the notices of both were lost.
    const bool back =
        session->take_put_out(room.ref.room_id) && !parts_.hub.listens(*session, room.ref.room_id);
    const bool fresh = session->learn(told);
    if (!fresh && !back) continue;
    session->tell(event("room.added", told->json));
    if (!session->wish().all) continue;
    parts_.loop.spawn([this, session, entered = admission(room)] {
      return hear_from(session, entered, entered.as_of);
    });
  }
  for (const auto& room : before) {
    if (!listed.contains(room->room.room_id)) (void)co_await tell_if_removed(session, room->room);
  }
  session->knows_all = true;
  co_return Result<>();
}

/// The log has put the session out of the room. The notice of it comes at about the same time, if
/// it was not lost.
Task<> SessionHost::await_removal(SessionPtr session, RoomRef room) {
  for (auto pause = kNoticeTime;; pause = longer(pause)) {
    co_await parts_.loop.sleep(pause);
    if (session->gone() || !session->is_put_out(room.room_id)) co_return;
    const bool asked = co_await tell_if_removed(session, room);
    if (asked) co_return;
  }
}

/// The list is no proof: it has an end, and may be older than a notice. False when the store cannot
/// be asked now.
Task<bool> SessionHost::tell_if_removed(SessionPtr session, RoomRef room) {
  const auto asked = co_await parts_.chat.listenable(session->identity().user, room.gid);
  if (asked) co_return true;
  const auto code = asked.error().code;
  const bool out = code == ErrorCode::not_a_member || code == ErrorCode::room_not_found;
  if (!out) co_return !error_traits(code).retryable;
  const auto card = session->forget(room.room_id);
  if (!card) co_return true;
  session->forget_lag(room.room_id);
  parts_.hub.leave(*session, room.room_id);
  session->tell(event("room.removed", card->json));
  co_return true;
}

}  // namespace confab::gateway::dialects
