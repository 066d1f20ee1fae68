// The part of SessionHost by which clients that were cut off go on where they were.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "common/base/encoding.hpp"
#include "gateway/dialects/v1/pid.hpp"
#include "gateway/dialects/v1/render.hpp"
#include "gateway/dialects/v1/session_host.hpp"

namespace confab::gateway::dialects {
namespace {

std::string_view name_of(RecallOutcome outcome) {
  switch (outcome) {
    case RecallOutcome::found:
      return "recovered";
    case RecallOutcome::refused:
      return "refused";
    case RecallOutcome::gone:
      return "gone";
    case RecallOutcome::away:
      return "away";
  }
  return "gone";
}

bool is_out(const Error& error) {
  return error.code == ErrorCode::not_a_member || error.code == ErrorCode::room_not_found;
}

}  // namespace

/// What the client is to come back with: a ticket, and where its session is.
std::string SessionHost::pid_of(const ClientSession& session) const {
  auto ticket = parts_.gate.ticket(session.identity());
  const auto id = session.recovery_id();
  if (ticket.empty() || id.empty() || !parts_.cut_sessions.enabled()) return ticket;
  const auto mark = parts_.recall.mark(id);
  return mark.empty() ? ticket : make_pid(ticket, id + mark);
}

/// What is to be kept of the session, were its connection to end now.
std::optional<CutSession> SessionHost::cut(const ClientSession& session) const {
  const auto& wish = session.wish();
  const bool hears_all = session.knows_all || (!wish.all && wish.gids.empty());
  if (!hears_all || !parts_.cut_sessions.enabled()) return std::nullopt;
  auto told = session.told();
  if (!told) return std::nullopt;
  CutSession cut;
  cut.user_id = session.user_id();
  cut.rooms = std::move(*told);
  cut.known = session.known_rooms();
  return cut;
}

Task<bool> SessionHost::let_back_in(const Turn& /*turn*/, SessionPtr session, std::string pid,
                                    std::string offset) {
  parts_.sessions.admit(session);
  const std::string name(session_in(pid));
  auto recalled = co_await parts_.recall.take(name, session->user_id());
  if (recalled.outcome == RecallOutcome::found) {
    if (const auto heard = parse_offset(offset); heard && session->takes_offsets()) {
      recalled.session.confirm(heard->room_id, heard->epoch, heard->seq);
    }
    const auto recovered = co_await recover_rooms(session, recalled.session);
    if (recovered && *recovered) {
      const std::string id = name.substr(0, session->recovery_id().size());
      session->come_back_as(id);
      const bool in = session->open(pid);
      if (!in) {  // It may try again.
        parts_.cut_sessions.keep(id, std::move(recalled.session));
        put_out(session, true);
      }
      came_back_(in ? "recovered" : "gone");
      co_return in;
    }
    came_back_(recovered ? "too_much" : "failed");
    parts_.hub.leave_all(*session);
    session->start_over();
  } else {
    came_back_(name_of(recalled.outcome));
  }
  const auto joined = co_await join_rooms(session);
  co_return open(session, joined.has_value());
}

/// The rooms that the session had, as far as the user is in them, and those that came since. False
/// when too much was missed.
Task<Result<bool>> SessionHost::recover_rooms(SessionPtr session, CutSession cut) {
  auto rooms = co_await rooms_to_hear(session, cut);
  if (!rooms) co_return rooms.error();
  auto take = [this, session, &cut](const Return& room, const Result<Replay>& missed) {
    if (!missed) return tell_removed(*session, cut, room.room.room);
    session->replay(room.room.room, room.from, missed->events);
  };
  co_return co_await parts_.hub.recover(session, std::move(*rooms), take);
}

/// Which rooms, and from where on. Tells the client of those that came and went.
Task<Result<std::vector<Return>>> SessionHost::rooms_to_hear(SessionPtr session, CutSession cut) {
  const auto now = co_await rooms_now(session);
  if (!now) co_return now.error();
  std::unordered_map<std::uint64_t, const ToldPlace*> had;
  for (const auto& place : cut.rooms) had.emplace(place.room.room_id, &place);
  std::unordered_set<std::uint64_t> knew;
  for (const auto& card : cut.known) knew.insert(card->room.room_id);
  std::vector<Return> rooms;
  const auto hear = [&rooms](const RoomRef& room, const Position& as_of, const Position& from) {
    auto& added = rooms.emplace_back();
    added.room.room = room;
    added.room.as_of = as_of;
    added.from = from;
  };
  session->expect_rooms(now->size());
  for (const auto& entry : *now) {
    const auto& room = entry.card->room;
    const auto place = had.find(room.room_id);
    const bool fresh = !knew.erase(room.room_id) && place == had.end();
    session->learn(entry.card);
    if (fresh) session->tell(std::make_shared<LiveEvent>("room.added", entry.card->json));
    if (place != had.end()) {
      hear(room, entry.as_of, place->second->from);
      had.erase(place);
    } else if (fresh && session->wish().all) {
      hear(room, entry.as_of, entry.as_of);
    }
  }
  // What is left is not in the list, which is no proof: it has an end, and wishes for none.
  std::vector<RoomRef> doubtful;
  for (const auto& [room_id, place] : had) doubtful.push_back(place->room);
  for (const auto& card : cut.known) {
    const bool left = knew.contains(card->room.room_id) && !had.contains(card->room.room_id);
    if (left) doubtful.push_back(card->room);
  }
  for (const auto& room : doubtful) {
    const auto asked = co_await parts_.chat.listenable(session->identity().user, room.gid);
    if (!asked && !is_out(asked.error())) co_return asked.error();
    const auto place = had.find(room.room_id);
    if (!asked) {
      tell_removed(*session, cut, room);
    } else if (place != had.end()) {
      hear(room, asked->as_of, place->second->from);
    }
  }
  co_return rooms;
}

/// The user's rooms, if the client wishes to know of them.
Task<Result<RecentRooms::List>> SessionHost::rooms_now(SessionPtr session) {
  RecentRooms::List list;
  const auto& wish = session->wish();
  if (!wish.all && wish.gids.empty()) co_return list;
  session->knows_all = true;
  auto recent = parts_.sessions.recent().take(session->user_id());
  if (recent) co_return std::move(*recent);
  const auto rooms = co_await parts_.chat.rooms(session->identity().user, options_.max_rooms);
  if (!rooms) co_return rooms.error();
  for (const auto& room : *rooms) {
    auto& entry = list.emplace_back();
    entry.card = card(room);
    entry.as_of = room.head;
  }
  co_return list;
}

void SessionHost::tell_removed(ClientSession& session, const CutSession& cut, const RoomRef& room) {
  session.forget(room.room_id);
  const auto card = std::find_if(cut.known.begin(), cut.known.end(), [&](const RoomCardPtr& one) {
    return one->room.room_id == room.room_id;
  });
  std::string json = R"({"room":)";
  append_json_string(json, room.gid);
  json += '}';
  if (card != cut.known.end()) json = (*card)->json;
  session.tell(std::make_shared<LiveEvent>("room.removed", std::move(json)));
}

}  // namespace confab::gateway::dialects
