#include "gateway/dialects/chat_backend/socketio_clients.hpp"

#include "gateway/dialects/chat_backend/words.hpp"
#include "gateway/dialects/v1/fields.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

constexpr std::uint16_t kServiceRestart = 1012;
constexpr std::uint16_t kTryAgainLater = 1013;

/// Of an event's arguments: the first, an object or a text with one.
Result<FirstMessage> message_in(const IncomingEvent& event) {
  const auto args = parse_value(event.args_json, 1);
  if (!args) return args.error();
  const auto& list = args->as_array();
  if (!list.empty() && list.front().is_object()) return first_message(list.front().get_object());
  if (!list.empty() && list.front().is_string()) {
    return first_message(std::string_view(list.front().get_string()));
  }
  return Error{ErrorCode::invalid_argument, "auth takes an object, or the JSON of one"};
}

void answer(Socket& socket, std::optional<std::uint64_t> ack_id, const std::string& json) {
  if (ack_id) socket.ack(*ack_id, "[" + json + "]");
}

/// One that is not let in goes, as on the raw port; with a fault of the server's it comes back.
void refuse(Socket& socket, std::optional<std::uint64_t> ack_id, const Error& error) {
  answer(socket, ack_id, not_ok(error));
  if (error_traits(error.code).retryable) {
    socket.close_transport(kTryAgainLater, "try again later");
  } else {
    socket.disconnect();
  }
}

}  // namespace

class SocketIoClients::Client {
 public:
  Client(std::shared_ptr<Socket> connection, DeadlineWheel& deadlines)
      : socket(std::move(connection)) {
    deadlines.set_after(deadline, kPatience);
  }

  const std::shared_ptr<Socket> socket;
  Listeners::SessionPtr session;
  bool busy = false;  ///< Its "auth" is being looked at.
  bool in = false;    ///< The session is open.

  void on_silence() { socket->close_transport(1000, "no auth"); }
  Deadline<&Client::on_silence> deadline{*this};
};

void SocketIoClients::on_connect(const std::shared_ptr<Socket>& socket, std::string /*auth_json*/) {
  if (draining_) return socket->close_transport(kServiceRestart, "restart");
  if (strangers_.size() >= max_strangers_) {
    return socket->close_transport(kTryAgainLater, "too many clients have not said who they are");
  }
  socket->accept();
  if (!socket->connected()) return;
  auto client = std::make_shared<Client>(socket, listeners_.parts().deadlines);
  strangers_.insert(client.get());
  socket->app_data = std::move(client);
}

void SocketIoClients::on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) {
  const auto client = std::static_pointer_cast<Client>(socket->app_data);
  if (!client) return;
  if (event.name != "auth") {
    return answer(*socket, event.ack_id,
                  not_ok({ErrorCode::unknown_command, "the only event is \"auth\""}));
  }
  if (client->busy) {
    return answer(*socket, event.ack_id,
                  not_ok({ErrorCode::too_many_commands, "an auth is being looked at"}));
  }
  auto message = message_in(event);
  if (!message) return refuse(*socket, event.ack_id, message.error());
  client->busy = true;
  listeners_.parts().door.loop.spawn(
      [this, client, said = std::move(*message), ack_id = event.ack_id] {
        return authenticate(client, said, ack_id);
      });
}

Task<> SocketIoClients::authenticate(ClientPtr client, FirstMessage message,
                                     std::optional<std::uint64_t> ack_id) {
  const auto heard = co_await hear(client, std::move(message));
  client->busy = false;
  if (heard) {
    answer(*client->socket, ack_id, ok());
    co_return;
  }
  listeners_.parts().door.guard.count(heard.error());
  refuse(*client->socket, ack_id, heard.error());
}

/// Another "auth" of the same user adds a room.
Task<Result<>> SocketIoClients::hear(ClientPtr client, FirstMessage message) {
  auto gid = message.gid;
  auto identity = co_await listeners_.identify(std::move(message));
  if (!identity) co_return identity.error();
  if (!client->session) {
    co_return co_await let_in(std::move(client), std::move(*identity), std::move(gid));
  }
  if (client->session->user_id() != identity->user.id) {
    co_return Error{ErrorCode::permission_denied, "the connection is another user's"};
  }
  auto room = co_await listeners_.find_room(std::move(identity->user), std::move(gid));
  if (!room) co_return room.error();
  if (client->socket->gone()) co_return Result<>();
  co_return co_await listeners_.hear(client->session, std::move(*room));
}

Task<Result<>> SocketIoClients::let_in(ClientPtr client, Identity identity, std::string gid) {
  auto place = listeners_.place_for(identity);
  if (!place) co_return place.error();
  auto& host = listeners_.parts().host;
  const auto turn = co_await host.turn();
  if (client->socket->gone()) co_return Result<>();
  if (!turn) co_return turn.error();
  auto room = co_await listeners_.find_room(identity.user, std::move(gid));
  if (!room) co_return room.error();
  if (client->socket->gone()) co_return Result<>();
  client->session =
      std::make_shared<SocketIoSession>(client->socket, std::move(identity), host.asks());
  client->session->keep(std::move(*place));
  strangers_.erase(client.get());
  listeners_.parts().deadlines.cancel(client->deadline);
  client->in = co_await host.let_in(*turn, client->session);
  if (!client->in) co_return Result<>();
  co_return co_await listeners_.hear(client->session, std::move(*room));
}

void SocketIoClients::drain() {
  draining_ = true;
  for (const auto* stranger : strangers_) {
    stranger->socket->close_transport(kServiceRestart, "restart");
  }
}

void SocketIoClients::on_disconnect(const std::shared_ptr<Socket>& socket,
                                    std::string_view /*reason*/) {
  const auto client = std::static_pointer_cast<Client>(socket->app_data);
  if (!client) return;
  strangers_.erase(client.get());
  listeners_.parts().deadlines.cancel(client->deadline);
  const auto session = client->session;
  if (!session) return;
  session->mark_gone();
  if (std::exchange(client->in, false)) listeners_.leave(session);
}

}  // namespace confab::gateway::dialects::chat_backend
