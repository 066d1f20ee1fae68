#include "gateway/dialects/v1/socketio_door.hpp"

#include <boost/json.hpp>

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/render.hpp"
#include "gateway/socketio/auth.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint16_t kTryAgainLater = 1013;

/// The first argument; {} when there is none.
Result<boost::json::object> first_argument(const std::string& args_json) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 17;  // The array around the argument.
  auto value = boost::json::parse(args_json, error, {}, options);
  if (error) {
    return Error{ErrorCode::invalid_argument, "the JSON is malformed: " + error.message()};
  }
  auto& args = value.as_array();
  if (args.empty()) return boost::json::object();
  if (args.front().is_object()) return std::move(args.front().get_object());
  return Error{ErrorCode::invalid_argument, "a command's argument must be an object"};
}

}  // namespace

SocketIoDoor::SocketIoDoor(DoorParts parts) : parts_(parts) {
  asks_.notice = [this](const SessionPtr& session, const UserNotice& notice) {
    parts_.loop.spawn([this, session, notice] { return follow_notice(session, notice); });
  };
  asks_.look_again = [this](const SessionPtr& session) {
    parts_.loop.spawn([this, session] { return look_again(session); });
  };
}

Result<SocketIoDoor::Greeting> SocketIoDoor::parse_greeting(const std::string& auth_json) {
  const auto data = parse_auth(auth_json);
  if (!data) return Error{ErrorCode::invalid_argument, "auth must be an object, or JSON of one"};
  Fields fields(*data);
  Greeting greeting;
  greeting.token = fields.text("token");
  // As socket.io-client sends it back; what is no ticket is ignored, whatever it is.
  if (const auto* pid = data->if_contains("pid")) {
    greeting.ticket = pid->is_string() ? std::string(pid->get_string()) : "malformed";
  }
  const auto* rooms = data->if_contains("rooms");
  if (rooms != nullptr && rooms->is_array()) {
    greeting.wish = {false, fields.texts("rooms")};
  } else if (const auto wish = fields.text("rooms"); wish == "none") {
    greeting.wish.all = false;
  }
  if (!fields.good()) return fields.good().error();
  return greeting;
}

void SocketIoDoor::on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) {
  auto greeting = parse_greeting(auth_json);
  if (!greeting) return socket->refuse(greeting.error().message, render(greeting.error()));
  if (socket->version() == EngineVersion::v3) {
    greeting->token = socket->handshake().query_value("token").value_or("");
  }
  parts_.loop.spawn(
      [this, socket, greeting = std::move(*greeting)] { return let_in(socket, greeting); });
}

Task<> SocketIoDoor::let_in(std::shared_ptr<Socket> socket, Greeting greeting) {
  auto identity = co_await parts_.gate.resume(greeting.token, greeting.ticket);
  if (!identity) {
    // A client that is refused does not come back by itself; one whose transport closes does.
    if (error_traits(identity.error().code).retryable) {
      socket->close_transport(kTryAgainLater, "try again later");
    } else {
      socket->refuse(identity.error().message, render(identity.error()));
    }
    co_return;
  }
  const auto session = std::make_shared<SocketIoSession>(socket, std::move(*identity),
                                                         std::move(greeting.wish), asks_);
  parts_.sessions.admit(session);
  const auto joined = co_await join_rooms(session);
  if (!session->open(parts_.gate.ticket(session->identity()))) {
    put_out(session);
    co_return;
  }
  open_[socket.get()] = session;
  if (!joined) parts_.loop.spawn([this, session] { return join_rooms_later(session); });
}

void SocketIoDoor::put_out(const SessionPtr& session) {
  session->mark_gone();
  remember_rooms(*session);
  parts_.hub.leave_all(*session);
  parts_.sessions.remove(*session);
}

void SocketIoDoor::on_disconnect(const std::shared_ptr<Socket>& socket,
                                 std::string_view /*reason*/) {
  const auto found = open_.find(socket.get());
  if (found == open_.end()) return;
  const auto session = found->second;
  open_.erase(found);
  put_out(session);
}

void SocketIoDoor::on_drained(const std::shared_ptr<Socket>& socket) {
  const auto found = open_.find(socket.get());
  if (found == open_.end()) return;
  const auto session = found->second;
  session->caught_up([&](std::uint64_t room_id) { return parts_.hub.position(*session, room_id); });
}

void SocketIoDoor::on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) {
  const auto found = open_.find(socket.get());
  if (found == open_.end()) return;
  const auto session = found->second;
  if (session->in_flight >= kMaxInFlight) {
    return session->answer(event.ack_id,
                           Error{ErrorCode::rate_limited, "too many commands wait for an answer",
                                 std::chrono::milliseconds(200)});
  }
  ++session->in_flight;
  parts_.loop.spawn([this, session, event = std::move(event)]() mutable {
    return answer(session, std::move(event));
  });
}

Task<> SocketIoDoor::answer(SessionPtr session, IncomingEvent event) {
  const auto outcome = co_await run(session, std::move(event.name), std::move(event.args_json));
  --session->in_flight;
  session->answer(event.ack_id, outcome);
}

Task<Result<std::string>> SocketIoDoor::run(SessionPtr session, std::string name,
                                            std::string args_json) {
  auto data = first_argument(args_json);
  if (!data) co_return data.error();
  if (name == "subscribe") co_return co_await subscribe(session, std::move(*data));
  if (name == "unsubscribe") co_return co_await unsubscribe(session, std::move(*data));
  if (name == "auth.refresh") co_return co_await renew(session, std::move(*data));
  co_return co_await parts_.commands.run(session->identity().user, std::move(name),
                                         std::move(*data));
}

Task<Result<std::string>> SocketIoDoor::subscribe(SessionPtr session, boost::json::object data) {
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

Task<Result<std::string>> SocketIoDoor::unsubscribe(SessionPtr session, boost::json::object data) {
  Fields fields(data);
  const auto gid = fields.required_text("room");
  if (!fields.good()) co_return fields.good().error();
  const auto room = co_await parts_.chat.listenable(session->identity().user, gid);
  if (!room) co_return room.error();
  parts_.hub.leave(*session, room->room.room_id);
  co_return std::string("{}");
}

/// A new token for the same user: the connection lives as long as it.
Task<Result<std::string>> SocketIoDoor::renew(SessionPtr session, boost::json::object data) {
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
