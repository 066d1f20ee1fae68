#include "gateway/dialects/v1/session_host.hpp"

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/render.hpp"

namespace confab::gateway::dialects {

SessionHost::SessionHost(DoorParts parts, SessionLimits options,
                         std::function<void(std::string_view)> came_back)
    : parts_(parts), options_(options), came_back_(std::move(came_back)) {
  asks_.notice = [this](const SessionPtr& session, const UserNotice& notice) {
    parts_.loop.spawn([this, session, notice] { return follow_notice(session, notice); });
  };
  asks_.look_again = [this](const SessionPtr& session) {
    parts_.loop.spawn([this, session] { return look_again(session); });
  };
  asks_.put_out = [this](const SessionPtr& session, std::uint64_t room_id) {
    const auto* room = parts_.hub.room(room_id);
    if (room == nullptr) return;
    parts_.watching.unwatch(*session, room->gid);
    if (!session->is_put_out(room_id)) return;
    parts_.loop.spawn([this, session, room = *room] { return await_removal(session, room); });
  };
  asks_.mark = [this] { return parts_.hub.next_mark(); };
  asks_.cut = [this](const ClientSession& session) { return cut(session); };
}

Task<Result<SessionHost::Turn>> SessionHost::turn() {
  auto place = co_await parts_.guard.intake().enter();
  if (!place) co_return place.error();
  co_return Turn(std::move(*place));
}

Task<bool> SessionHost::let_in(const Turn& /*turn*/, SessionPtr session) {
  parts_.sessions.admit(session);
  const auto joined = co_await join_rooms(session);
  co_return open(session, joined.has_value());
}

bool SessionHost::open(const SessionPtr& session, bool joined) {
  if (!session->open(pid_of(*session))) {
    put_out(session, true);
    return false;
  }
  parts_.marks.came(session->user_id());
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
  parts_.watching.leave(*session);
  parts_.sessions.remove(*session);
}

void SessionHost::caught_up(ClientSession& session) {
  session.caught_up([&](std::uint64_t room_id) { return parts_.hub.position(session, room_id); });
}

void SessionHost::run(const SessionPtr& session, std::optional<std::uint64_t> id,
                      std::string command, Result<boost::json::object> data) {
  if (session->in_flight() >= 2 * options_.max_in_flight) {
    return answer_now(session, id, command,
                      Error{ErrorCode::too_many_commands, "too many commands wait for an answer",
                            std::chrono::milliseconds(200)});
  }
  // Without an answer the client sends it again elsewhere; a refusal would look like a fault.
  if (!session->begin_command()) return;
  if (session->in_flight() >= options_.max_in_flight) session->hold_back(true);
  parts_.loop.spawn(
      [this, session, id, command = std::move(command), data = std::move(data)]() mutable {
        return answer(session, id, std::move(command), std::move(data));
      });
}

Task<> SessionHost::answer(SessionPtr session, std::optional<std::uint64_t> id, std::string command,
                           Result<boost::json::object> data) {
  const auto answered = co_await outcome(session, command, std::move(data));
  answer_now(session, id, command, answered);
  session->end_command();
  if (session->in_flight() <= options_.max_in_flight / 2) session->hold_back(false);
}

void SessionHost::answer_now(const SessionPtr& session, std::optional<std::uint64_t> id,
                             std::string_view command, const Result<std::string>& outcome) {
  session->answer(id, command, outcome);
  if (!outcome) refused(*session, outcome.error());
}

/// Who goes on and on after being told to wait costs others more than they are worth.
void SessionHost::refused(ClientSession& session, const Error& error) {
  parts_.guard.count(error);
  const auto traits = error_traits(error.code);
  if (!traits.limit || !traits.retryable || !options_.refusals.limited() || session.gone()) return;
  const auto wait = session.refusals.take(options_.refusals, parts_.loop.now());
  if (wait.count() > 0) session.end(EndReason::flood);
}

Task<Result<std::string>> SessionHost::outcome(SessionPtr session, std::string command,
                                               Result<boost::json::object> data) {
  if (!data) co_return data.error();
  if (const auto own = own_command(command)) {
    const auto within = parts_.commands.admit(session->identity().user, command);
    if (!within) co_return within.error();
    co_return co_await (this->*own)(session, std::move(*data));
  }
  co_return co_await parts_.commands.run(session->identity().user, std::move(command),
                                         std::move(*data));
}

SessionHost::OwnCommand SessionHost::own_command(std::string_view name) {
  if (name == "ping") return &SessionHost::ping;
  if (name == "subscribe") return &SessionHost::subscribe;
  if (name == "unsubscribe") return &SessionHost::unsubscribe;
  if (name == "watch") return &SessionHost::watch;
  if (name == "unwatch") return &SessionHost::unwatch;
  if (name == "auth.refresh") return &SessionHost::renew;
  return nullptr;
}

Task<Result<std::string>> SessionHost::ping(SessionPtr /*session*/, boost::json::object /*data*/) {
  co_return std::string("{}");
}

Task<Result<std::string>> SessionHost::subscribe(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  const auto from = fields.position("position");
  if (!fields.good()) co_return fields.good().error();
  const auto room = co_await parts_.chat.listenable(session->identity().user, gid);
  if (!room) co_return room.error();
  const std::size_t more = parts_.hub.listens(*session, room->room.room_id) ? 0 : 1;
  if (more > 0 && session->rooms_heard() + session->joining >= options_.max_rooms) {
    co_return Error{
        ErrorCode::too_many_subscriptions,
        "a connection is subscribed to at most " + std::to_string(options_.max_rooms) + " rooms"};
  }
  session->joining += more;
  const auto replay = co_await enter(session, *room, from);
  session->joining -= more;
  if (!replay) co_return replay.error();
  session->forget_lag(room->room.room_id);
  co_return render(gid, *replay);
}

/// Subscribes from a position on, or from where the room stands.
Task<Result<Replay>> SessionHost::enter(SessionPtr session, Admission room,
                                        std::optional<Position> from) {
  if (from) co_return co_await parts_.hub.resume(session, room, *from);
  const std::vector<Admission> only(1, room);
  const auto joined = co_await parts_.hub.join(session, only);
  if (!joined) co_return joined.error();
  const auto head = parts_.hub.position(*session, room.room.room_id);
  if (!head) co_return Error{ErrorCode::not_a_member, "the room was left meanwhile"};
  Replay replay;
  replay.head = *head;
  co_return replay;
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

Task<Result<std::string>> SessionHost::watch(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  auto gid = fields.required_text("room");
  const auto range = presence_range(fields);
  if (!fields.good()) co_return fields.good().error();
  const auto page = co_await parts_.watching.watch(std::move(session), std::move(gid), range);
  if (!page) co_return page.error();
  co_return render(*page);
}

Task<Result<std::string>> SessionHost::unwatch(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  if (!fields.good()) co_return fields.good().error();
  parts_.watching.unwatch(*session, gid);
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
