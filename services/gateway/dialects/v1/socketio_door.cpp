#include "gateway/dialects/v1/socketio_door.hpp"

#include <boost/json.hpp>

#include "gateway/dialects/v1/fields.hpp"
#include "gateway/dialects/v1/pid.hpp"
#include "gateway/dialects/v1/render.hpp"
#include "gateway/dialects/v1/socketio_session.hpp"
#include "gateway/socketio/auth.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint16_t kTryAgainLater = 1013;

/// The first argument; {} when there is none.
Result<boost::json::object> first_argument(const std::string& args_json) {
  auto value = parse_value(args_json, 1);  // The array around the argument.
  if (!value) return value.error();
  auto& args = value->as_array();
  if (args.empty()) return boost::json::object();
  if (args.front().is_object()) return std::move(args.front().get_object());
  return Error{ErrorCode::invalid_argument, "a command's argument must be an object"};
}

Result<Greeting> read_greeting(const std::string& auth_json, std::size_t max_rooms) {
  auto auth = parse_auth(auth_json);
  if (!auth) return Error{ErrorCode::invalid_argument, "auth must be an object, or JSON of one"};
  const boost::json::value data(std::move(*auth));
  if (const auto width = check_width(data); !width) return width.error();
  // The name under which socket.io-client sends it back.
  return parse_greeting(data.get_object(), "pid", max_rooms);
}

/// A close's reason.
std::string come_back_after(const Error& error) {
  return "overloaded: come back in " + std::to_string(error.retry_after.count()) + " ms";
}

/// Of a client that has been let in; else null.
SessionHost::SessionPtr session_of(const Socket& socket) {
  return std::static_pointer_cast<ClientSession>(socket.app_data);
}

}  // namespace

void SocketIoDoor::on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) {
  auto greeting = read_greeting(auth_json, host_.options().max_rooms);
  if (!greeting) return socket->refuse(greeting.error().message, render(greeting.error()));
  if (socket->version() == EngineVersion::v3) {
    greeting->token = socket->handshake().query_value("token").value_or("");
  }
  parts_.loop.spawn(
      [this, socket, greeting = std::move(*greeting)] { return let_in(socket, greeting); });
}

Task<> SocketIoDoor::let_in(std::shared_ptr<Socket> socket, Greeting greeting) {
  const std::string ticket(ticket_in(greeting.ticket));
  auto identity = co_await parts_.gate.resume(greeting.token, ticket);
  if (!identity) {
    // A client that is refused does not come back by itself; one whose transport closes does.
    if (error_traits(identity.error().code).retryable) {
      socket->close_transport(kTryAgainLater, "try again later");
    } else {
      socket->refuse(identity.error().message, render(identity.error()));
    }
    co_return;
  }
  auto place = parts_.guard.limits().let_in(identity->user.id);
  if (!place) {
    // Told at once and why: its other connections may go on for long.
    parts_.guard.count(place.error());
    socket->refuse(place.error().message, render(place.error()));
    co_return;
  }
  const auto turn = co_await host_.turn();
  if (socket->gone()) co_return;
  if (!turn) {
    socket->close_transport(kTryAgainLater, come_back_after(turn.error()));
    co_return;
  }
  const auto session = std::make_shared<SocketIoSession>(
      socket, std::move(*identity), std::move(greeting.wish), greeting.offsets, host_.asks());
  session->keep(std::move(*place));
  const bool knows_session = !session_in(greeting.ticket).empty();
  bool in = false;
  if (knows_session && parts_.cut_sessions.enabled()) {
    in = co_await host_.let_back_in(*turn, session, greeting.ticket, greeting.offset);
  } else {
    in = co_await host_.let_in(*turn, session);
  }
  if (in) socket->app_data = std::static_pointer_cast<ClientSession>(session);
}

/// Leaving the namespace is for good; when the transport ends the client may come back.
void SocketIoDoor::on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) {
  const auto session = session_of(*socket);
  if (session) host_.put_out(session, reason.ends_with("namespace disconnect"));
}

void SocketIoDoor::on_drained(const std::shared_ptr<Socket>& socket) {
  if (const auto session = session_of(*socket)) host_.caught_up(*session);
}

void SocketIoDoor::on_ping(const std::shared_ptr<Socket>& socket) {
  if (const auto session = session_of(*socket)) session->pinged();
}

void SocketIoDoor::on_pong(const std::shared_ptr<Socket>& socket) {
  if (const auto session = session_of(*socket)) session->confirmed();
}

void SocketIoDoor::on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) {
  const auto session = session_of(*socket);
  if (!session) return;
  auto data = first_argument(event.args_json);
  if (!event.attachments.empty()) {
    data = Error{ErrorCode::invalid_argument, "commands take no binary data: send its URL"};
  }
  host_.run(session, event.ack_id, std::move(event.name), std::move(data));
}

}  // namespace confab::gateway::dialects
