#include "gateway/dialects/v1/socketio_door.hpp"

#include <boost/json.hpp>

#include "gateway/dialects/v1/fields.hpp"
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

Result<Greeting> read_greeting(const std::string& auth_json) {
  const auto data = parse_auth(auth_json);
  if (!data) return Error{ErrorCode::invalid_argument, "auth must be an object, or JSON of one"};
  return parse_greeting(*data, "pid");  // The name under which socket.io-client sends it back.
}

}  // namespace

void SocketIoDoor::on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) {
  auto greeting = read_greeting(auth_json);
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
  auto place = parts_.guard.limits().let_in(identity->user.id);
  if (!place) {
    // Told at once and why: its other connections may go on for long.
    parts_.guard.count(place.error());
    socket->refuse(place.error().message, render(place.error()));
    co_return;
  }
  const auto session = std::make_shared<SocketIoSession>(socket, std::move(*identity),
                                                         std::move(greeting.wish), host_.asks());
  session->keep(std::move(*place));
  const bool in = co_await host_.let_in(session);
  if (in) open_[socket.get()] = session;
}

void SocketIoDoor::on_disconnect(const std::shared_ptr<Socket>& socket,
                                 std::string_view /*reason*/) {
  const auto found = open_.find(socket.get());
  if (found == open_.end()) return;
  const auto session = found->second;
  open_.erase(found);
  host_.put_out(session);
}

void SocketIoDoor::on_drained(const std::shared_ptr<Socket>& socket) {
  const auto found = open_.find(socket.get());
  if (found != open_.end()) host_.caught_up(*found->second);
}

void SocketIoDoor::on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) {
  const auto found = open_.find(socket.get());
  if (found == open_.end()) return;
  host_.run(found->second, event.ack_id, std::move(event.name), first_argument(event.args_json));
}

}  // namespace confab::gateway::dialects
