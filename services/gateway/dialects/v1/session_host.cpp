#include "gateway/dialects/v1/session_host.hpp"

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {

SessionHost::SessionHost(DoorParts parts, std::function<void(std::string_view)> came_back)
    : parts_(parts), came_back_(std::move(came_back)) {
  asks_.notice = [this](const SessionPtr& session, const UserNotice& notice) {
    parts_.loop.spawn([this, session, notice] { return follow_notice(session, notice); });
  };
  asks_.look_again = [this](const SessionPtr& session) {
    parts_.loop.spawn([this, session] { return look_again(session); });
  };
  asks_.mark = [this] { return parts_.hub.next_mark(); };
  asks_.cut = [this](const ClientSession& session) { return cut(session); };
}

Task<bool> SessionHost::let_in(SessionPtr session) {
  parts_.sessions.admit(session);
  const auto joined = co_await join_rooms(session);
  co_return open(session, joined.has_value());
}

bool SessionHost::open(const SessionPtr& session, bool joined) {
  if (!session->open(pid_of(*session))) {
    put_out(session, true);
    return false;
  }
  if (!joined) parts_.loop.spawn([this, session] { return join_rooms_later(session); });
  return true;
}

void SessionHost::put_out(const SessionPtr& session, bool for_good) {
  if (!for_good && session->may_come_back()) {
    const auto id = session->recovery_id();
    auto had = id.empty() ? std::nullopt : cut(*session);
    if (had) parts_.cut_sessions.keep(id, std::move(*had));
  }
  session->mark_gone();
  remember_rooms(*session);
  parts_.hub.leave_all(*session);
  parts_.sessions.remove(*session);
}

void SessionHost::caught_up(ClientSession& session) {
  session.caught_up([&](std::uint64_t room_id) { return parts_.hub.position(session, room_id); });
}

void SessionHost::run(const SessionPtr& session, std::optional<std::uint64_t> id,
                      std::string command, Result<boost::json::object> data) {
  if (session->in_flight >= kMaxInFlight) {
    return session->answer(id, command,
                           Error{ErrorCode::rate_limited, "too many commands wait for an answer",
                                 std::chrono::milliseconds(200)});
  }
  ++session->in_flight;
  parts_.loop.spawn(
      [this, session, id, command = std::move(command), data = std::move(data)]() mutable {
        return answer(session, id, std::move(command), std::move(data));
      });
}

Task<> SessionHost::answer(SessionPtr session, std::optional<std::uint64_t> id, std::string command,
                           Result<boost::json::object> data) {
  const auto answered = co_await outcome(session, command, std::move(data));
  --session->in_flight;
  session->answer(id, command, answered);
}

Task<Result<std::string>> SessionHost::outcome(SessionPtr session, std::string command,
                                               Result<boost::json::object> data) {
  if (!data) co_return data.error();
  if (command == "ping") co_return std::string("{}");
  if (command == "subscribe") co_return co_await subscribe(session, std::move(*data));
  if (command == "unsubscribe") co_return co_await unsubscribe(session, std::move(*data));
  if (command == "auth.refresh") co_return co_await renew(session, std::move(*data));
  co_return co_await parts_.commands.run(session->identity().user, std::move(command),
                                         std::move(*data));
}

Task<Result<std::string>> SessionHost::subscribe(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto from = fields.position("position");
  if (!fields.good()) co_return fields.good().error();
  const auto room = co_await parts_.chat.listenable(session->identity().user, gid);
  if (!room) co_return room.error();
  if (from) {
    const auto replay = co_await parts_.hub.resume(session, *room, *from);
    if (!replay) co_return replay.error();
    session->forget_lag(room->room.room_id);
    co_return render(gid, *replay);
  }
  const std::vector<Admission> only(1, *room);
  const auto joined = co_await parts_.hub.join(session, only);
  if (!joined) co_return joined.error();
  const auto head = parts_.hub.position(*session, room->room.room_id);
  if (!head) co_return Error{ErrorCode::not_a_member, "the room was left meanwhile"};
  session->forget_lag(room->room.room_id);
  Replay replay;
  replay.head = *head;
  co_return render(gid, replay);
}

Task<Result<std::string>> SessionHost::unsubscribe(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  if (!fields.good()) co_return fields.good().error();
  const auto room = co_await parts_.chat.listenable(session->identity().user, gid);
  if (!room) co_return room.error();
  parts_.hub.leave(*session, room->room.room_id);
  co_return std::string("{}");
}

/// A new token for the same user: the connection lives as long as it.
Task<Result<std::string>> SessionHost::renew(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  const auto token = fields.required_text("token");
  if (!fields.good()) co_return fields.good().error();
  auto identity = co_await parts_.gate.identify(token);
  if (!identity) co_return identity.error();
  if (identity->user.id != session->user_id()) {
    co_return Error{ErrorCode::permission_denied, "the token belongs to another user"};
  }
  session->renew(std::move(*identity));
  co_return std::string("{}");
}

}  // namespace confab::gateway::dialects
