#include "gateway/dialects/flask_chat/socketio_clients.hpp"

#include "common/base/encoding.hpp"
#include "gateway/dialects/flask_chat/words.hpp"
#include "gateway/dialects/v1/fields.hpp"
#include "gateway/socketio/auth.hpp"

namespace confab::gateway::dialects::flask_chat {
namespace {

constexpr std::uint16_t kTryAgainLater = 1013;

/// What the client gave as its token; clients of version 3 put it into the URL.
Result<std::string> token_of(const Socket& socket, std::string_view auth_json) {
  if (socket.version() == EngineVersion::v3) {
    return socket.handshake().query_value("token").value_or("");
  }
  const auto auth = parse_auth(auth_json);
  if (!auth) {
    return Error{ErrorCode::invalid_argument, "auth must be an object, or the JSON of one"};
  }
  Fields fields(*auth);
  auto token = fields.text("token");
  if (!fields.good()) return fields.good().error();
  return token;
}

void refuse(Socket& socket, const Error& error) {
  if (error_traits(error.code).retryable && !error_traits(error.code).limit) {
    socket.close_transport(kTryAgainLater, "try again later");
  } else {
    socket.refuse(error.message, render(error));
  }
}

}  // namespace

bool FlaskSession::welcome(std::string_view) {
  socket().accept();
  if (!socket().connected()) return false;
  socket().emit(encode_event("/", "echo", R"("you have been connected")"));
  return true;
}

void FlaskSession::tell(const Message& message, const User& to) {
  socket().emit(encode_event("/", to.username, render(message, to.id)));
}

void SocketIoClients::on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) {
  auto token = token_of(*socket, auth_json);
  if (!token) return refuse(*socket, token.error());
  rooms_.parts().door.loop.spawn(
      [this, socket, token = std::move(*token)] { return let_in(socket, token); });
}

Task<> SocketIoClients::let_in(std::shared_ptr<Socket> socket, std::string token) {
  const auto& parts = rooms_.parts();
  auto identity = co_await parts.door.gate.identify(token);
  if (!identity) {
    refuse(*socket, identity.error());
    co_return;
  }
  auto place = parts.door.guard.limits().let_in(identity->user.id);
  if (!place) {
    parts.door.guard.count(place.error());
    refuse(*socket, place.error());
    co_return;
  }
  const auto turn = co_await parts.host.turn();
  if (socket->gone()) co_return;
  if (!turn) {
    refuse(*socket, turn.error());
    co_return;
  }
  const auto session =
      std::make_shared<FlaskSession>(socket, std::move(*identity), parts.host.asks(), rooms_);
  session->keep(std::move(*place));
  const bool in = co_await parts.host.let_in(*turn, session);
  if (in) socket->app_data = std::static_pointer_cast<ClientSession>(session);
}

/// Python answers whoever asks for an ack only where it has a handler; here there was none.
void SocketIoClients::on_event(const std::shared_ptr<Socket>&, IncomingEvent) {}

void SocketIoClients::on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view) {
  const auto session = std::static_pointer_cast<ClientSession>(socket->app_data);
  if (session) rooms_.parts().host.put_out(session, true);
}

}  // namespace confab::gateway::dialects::flask_chat
