#include "gateway/dialects/chat_socketio/clients.hpp"

#include <algorithm>
#include <deque>

namespace confab::gateway::dialects::chat_socketio {
namespace {

constexpr std::uint16_t kServiceRestart = 1012;
constexpr std::uint16_t kTryAgainLater = 1013;
/// Of an event, beside what it says.
constexpr std::size_t kOverhead = 256;

Error has_left() { return {ErrorCode::unavailable, "the client has left"}; }

Error bad(std::string what) { return {ErrorCode::invalid_argument, std::move(what)}; }

std::size_t bytes_of(const IncomingEvent& event) {
  auto bytes = kOverhead + event.name.size() + event.args_json.size();
  for (const auto& attachment : event.attachments) bytes += attachment.size();
  return bytes;
}

/// By the ack where one is asked for; else by an event of the same name.
void answer(Socket& socket, const std::string& event, std::optional<std::uint64_t> ack_id,
            const std::string& json) {
  if (ack_id) return socket.ack(*ack_id, "[" + json + "]");
  socket.emit(encode_event(socket.namespace_name(), event, json));
}

}  // namespace

class Clients::Client {
 public:
  Client(std::shared_ptr<Socket> connection, CountedAddress from, DeadlineWheel& deadlines)
      : socket(std::move(connection)), address(from) {
    deadlines.set_after(deadline, kPatience);
  }

  [[nodiscard]] bool gone() const { return !socket->connected(); }

  /// Keeps the event until it is worked off.
  [[nodiscard]] Result<> queue(IncomingEvent event) {
    const auto bytes = bytes_of(event);
    const auto most = session ? kMostBytes : kMostBytesOfStranger;
    if (bytes > most) return Error{ErrorCode::payload_too_large, "the event is too long"};
    if (waiting.size() >= kMostWaiting || waiting_bytes_ + bytes > most) {
      return Error{ErrorCode::too_many_commands, "too many events wait for an answer",
                   std::chrono::milliseconds(200)};
    }
    waiting.push_back({std::move(event), bytes});
    waiting_bytes_ += bytes;
    pace();
    return {};
  }
  void take_off_first() {
    if (waiting.empty()) return;  // It has left.
    waiting_bytes_ -= waiting.front().bytes;
    waiting.pop_front();
    pace();
  }
  void forget_waiting() {
    waiting.clear();
    waiting_bytes_ = 0;
  }

  struct Waiting {
    IncomingEvent event;
    std::size_t bytes;
  };
  const std::shared_ptr<Socket> socket;
  const CountedAddress address;
  std::shared_ptr<ChatSession> session;  ///< Once it has logged in.
  std::string partner;                   ///< With whom it talked last.
  std::deque<Waiting> waiting;           ///< The first is being worked off.

  void on_silence() { socket->close_transport(1000, "no login"); }
  Deadline<&Client::on_silence> deadline{*this};

 private:
  void pace() {
    const bool much = waiting.size() > kMostWaiting / 2 || waiting_bytes_ > kMostBytes / 2;
    if (session && !session->ending()) session->hold_back(much);
  }

  std::size_t waiting_bytes_ = 0;
};

void Clients::on_connect(const std::shared_ptr<Socket>& socket, std::string) {
  if (draining_) return socket->close_transport(kServiceRestart, "restart");
  if (strangers_.size() >= options_.max_strangers) {
    return socket->close_transport(kTryAgainLater, "try again later");
  }
  const auto& parts = rooms_.parts();
  socket->keep_address();  // Logins are counted by it, and a client may leave and connect again.
  const auto address = parts.door.guard.counted(socket->handshake().remote_address);
  const auto client = std::make_shared<Client>(socket, address, parts.deadlines);
  socket->accept();
  if (!socket->connected()) return;
  strangers_.insert(client.get());
  socket->app_data = client;
}

void Clients::on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) {
  const auto client = std::static_pointer_cast<Client>(socket->app_data);
  if (!client) return;
  const auto name = event.name;
  const auto ack_id = event.ack_id;
  const auto queued = client->queue(std::move(event));
  if (!queued) return refuse(*client, name, ack_id, queued.error());
  if (client->waiting.size() > 1) return;
  rooms_.parts().door.loop.spawn([this, client] { return work_off(client); });
}

void Clients::refuse(Client& client, const std::string& event, std::optional<std::uint64_t> ack_id,
                     const Error& error) {
  answer(*client.socket, event, ack_id, render(error));
  const auto& parts = rooms_.parts();
  if (client.session) return parts.host.refused(*client.session, error);
  parts.door.guard.count(error);
}

/// A session that is to end waits for the answer that is under way, and takes up nothing more: its
/// client says the rest again elsewhere.
Task<> Clients::work_off(ClientPtr client) {
  while (!client->waiting.empty() && !client->gone()) {
    const auto session = client->session;
    if (session && !session->begin_command()) co_return;
    auto event = std::move(client->waiting.front().event);
    const auto name = event.name;
    const auto ack_id = event.ack_id;
    const auto done = co_await outcome(client, std::move(event));
    client->take_off_first();
    if (!done) {
      refuse(*client, name, ack_id, done.error());
    } else if (!done->empty()) {
      answer(*client->socket, name, ack_id, *done);
    }
    if (session) session->end_command();
  }
}

/// JSON to answer with; "" for nothing, because the client hears of it anyway.
Clients::Answer Clients::outcome(ClientPtr client, IncomingEvent event) {
  if (event.name != "login" && event.name != "messages") {
    co_return Error{ErrorCode::unknown_command, "there is no event \"" + event.name + "\""};
  }
  if (!event.attachments.empty()) co_return bad("events take no binary data");
  auto payload = parse_payload(event.args_json);
  if (!payload) co_return payload.error();
  if (event.name == "login") co_return co_await log_in(client, std::move(payload->data));
  if (!client->session) {
    co_return Error{ErrorCode::unauthenticated, "log in first, by the event \"login\""};
  }
  if (payload->meta) {
    co_return co_await page(client, *payload->meta, std::move(payload->data));
  }
  auto sent = co_await send(client, std::move(payload->data));
  // Who asked for no ack hears its own message as all others do.
  if (sent && !event.ack_id) sent->clear();
  co_return sent;
}

/// An account is only made where that is allowed. That the username is taken then means that the
/// password was wrong.
Task<Result<Login>> Clients::enter(UserAuth user_auth, CountedAddress address) {
  auto login = co_await entrance_.log_in(user_auth.username, user_auth.password, address);
  const bool unknown = !login && login.error().code == ErrorCode::invalid_credentials;
  if (!unknown || !options_.make_accounts) co_return login;
  auto made = co_await entrance_.sign_up(std::move(user_auth.username),
                                         std::move(user_auth.password), "", address);
  if (!made && made.error().code == ErrorCode::username_taken) co_return login;
  co_return made;
}

Clients::Answer Clients::log_in(ClientPtr client, boost::json::object data) {
  auto user_auth = user_auth_of(data);
  if (!user_auth) co_return user_auth.error();
  auto login = co_await enter(std::move(*user_auth), client->address);
  if (!login) co_return login.error();
  auto user = login->user;
  const auto begun = co_await begin(client, std::move(*login));
  if (!begun) co_return begun.error();
  co_return render_login(user);
}

/// The session of a client that was logged in already ends.
Task<Result<>> Clients::begin(ClientPtr client, Login login) {
  const auto& parts = rooms_.parts();
  auto identity = co_await parts.door.gate.identify(login.access_token);
  if (!identity) co_return identity.error();
  auto place = parts.door.guard.limits().let_in(identity->user.id);
  if (!place) co_return place.error();
  const auto turn = co_await parts.host.turn();
  if (!turn) co_return turn.error();
  if (client->gone()) co_return has_left();
  end(*client);
  auto session =
      std::make_shared<ChatSession>(client->socket, std::move(*identity), parts.host.asks(), rooms_,
                                    entrance_, std::move(login.refresh_token));
  session->keep(std::move(*place));
  const bool in = co_await parts.host.let_in(*turn, session);
  if (!in) co_return has_left();
  if (client->gone()) {
    parts.host.put_out(session, true);
    co_return has_left();
  }
  client->session = std::move(session);
  strangers_.erase(client.get());
  rooms_.parts().deadlines.cancel(client->deadline);
  co_return Result<>();
}

Clients::Answer Clients::send(ClientPtr client, boost::json::object data) {
  auto message = message_of(data, false);
  if (!message) co_return message.error();
  const auto me = client->session->identity().user;
  if (!message->sid.empty() && message->sid != std::to_string(me.id) &&
      message->sid != me.username) {
    co_return Error{ErrorCode::permission_denied, "\"sid\" is not who is logged in"};
  }
  auto to = co_await rooms_.user(me, message->rid);
  if (!to) co_return to.error();
  const auto to_id = to->id;
  const auto sent = co_await rooms_.send(me, std::move(*to), std::move(message->text),
                                         std::move(message->attributes));
  if (!sent) co_return sent.error();
  client->partner = message->rid;
  co_return render(*sent, to_id);
}

/// Of the conversation with whom the client names, or else talked with last.
Clients::Answer Clients::page(ClientPtr client, Meta meta, boost::json::object data) {
  const auto message = message_of(data, true);
  if (!message) co_return message.error();
  const auto me = client->session->identity().user;
  // Who asks for what was said to them may name themselves as the receiver.
  auto other = message->rid;
  if (other.empty() || other == std::to_string(me.id) || other == me.username) {
    other = message->sid;
  }
  if (other.empty()) other = client->partner;
  if (other.empty()) co_return bad("whose messages? Give \"rid\" in data.message");
  const auto with = co_await rooms_.user(me, other);
  if (!with) co_return with.error();
  auto found = co_await rooms_.messages(me, *with, (meta.page - 1) * meta.rows, meta.rows);
  if (!found) co_return found.error();
  client->partner = std::move(other);
  std::reverse(found->begin(), found->end());
  co_return render(meta, *found, me.id, with->id);
}

void Clients::end(Client& client) {
  const auto session = std::move(client.session);
  if (!session) return;
  session->hold_back(false);  // Another session of the client may follow.
  session->mark_gone();
  rooms_.parts().host.put_out(session, true);
}

void Clients::drain() {
  draining_ = true;
  for (const auto* stranger : strangers_) {
    stranger->socket->close_transport(kServiceRestart, "restart");
  }
}

void Clients::on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view) {
  const auto client = std::static_pointer_cast<Client>(socket->app_data);
  if (!client) return;
  strangers_.erase(client.get());
  rooms_.parts().deadlines.cancel(client->deadline);
  client->forget_waiting();
  end(*client);
}

}  // namespace confab::gateway::dialects::chat_socketio
