#include "gateway/dialects/v1/plain_connection.hpp"

#include <utility>

#include "gateway/dialects/v1/plain_door.hpp"

namespace confab::gateway::dialects {
namespace {

// docs/protocol.md, "Close codes".
constexpr std::uint16_t kTryAgainLater = 1013;
constexpr std::uint16_t kHelloRefused = 4100;
constexpr std::uint16_t kNoHello = 4101;
constexpr std::uint16_t kBadFrame = 4102;

Error not_in(std::string message) { return {ErrorCode::unauthenticated, std::move(message)}; }

}  // namespace

PlainConnection::PlainConnection(PlainDoor& door, std::shared_ptr<WebSocket> socket,
                                 const PlainWire& wire, Place place)
    : door_(door),
      wire_(wire),
      place_(std::move(place)),
      stranger_(new Stranger{std::move(socket), Deadline<&PlainConnection::on_no_hello>(*this)}) {
  door_.strangers_.insert(this);
  door_.deadlines_.set_after(stranger_->deadline, door_.options_.hello_timeout);
}

void PlainConnection::forget_stranger() {
  if (!stranger_) return;
  door_.strangers_.erase(this);
  stranger_.reset();
}

void PlainConnection::turn_away(std::uint16_t code, std::string_view reason) {
  if (stranger_) stranger_->socket->close(code, reason);
}

void PlainConnection::on_no_hello() {
  door_.events_.refused("no_hello");
  turn_away(kNoHello, "no hello came in time");
}

// --- From the client -----------------------------------------------------------------------------

void PlainConnection::on_text(WebSocket& socket, std::string_view message) {
  receive(socket, message, false);
}

void PlainConnection::on_binary(WebSocket& socket, std::string_view message) {
  receive(socket, message, true);
}

void PlainConnection::receive(WebSocket& socket, std::string_view frame, bool binary) {
  auto command =
      binary == wire_.binary()
          ? wire_.read(frame)
          : Error{ErrorCode::invalid_argument, binary ? "this subprotocol has text frames only"
                                                      : "this subprotocol has binary frames only"};
  if (!command) {
    door_.events_.refused("frame");
    const auto& error = command.error();
    return socket.close(kBadFrame,
                        std::string(error_traits(error.code).name) + ": " + error.message);
  }
  if (stranger_) return greet(std::move(*command));
  if (!in_) {
    return session_->answer(command->id, command->name,
                            not_in("the answer to hello has not come yet"));
  }
  if (command->name == "hello") {
    command->data = Error{ErrorCode::invalid_argument, "hello was said already"};
  }
  door_.host_.run(session_, command->id, std::move(command->name), std::move(command->data));
}

void PlainConnection::greet(PlainCommand command) {
  const auto answer = [&](const Error& error) {
    if (command.id) send(*stranger_->socket, wire_, wire_.answer(*command.id, "", error));
  };
  if (!command.data) return answer(command.data.error());
  if (stranger_->greeted) return answer(not_in("the answer to hello has not come yet"));
  if (command.name != "hello") return answer(not_in("say hello first"));
  stranger_->greeted = true;
  door_.deadlines_.cancel(stranger_->deadline);
  auto greeting = parse_greeting(*command.data, "ticket", door_.host_.options().max_rooms);
  if (!greeting) return refuse_hello(command.id, greeting.error());
  door_.loop_.spawn([self = shared_from_this(), id = command.id, greeting = std::move(*greeting)] {
    return self->let_in(id, greeting);
  });
}

Task<> PlainConnection::let_in(std::optional<std::uint64_t> id, Greeting greeting) {
  auto identity = co_await door_.gate_.resume(greeting.token, greeting.ticket);
  if (!stranger_) co_return;  // It has left.
  if (!identity) {
    refuse_hello(id, identity.error());
    co_return;
  }
  auto place = door_.guard_.limits().let_in(identity->user.id);
  if (!place) {
    door_.guard_.count(place.error());
    refuse_hello(id, place.error());
    co_return;
  }
  const auto turn = co_await door_.host_.turn();
  if (!stranger_) co_return;
  if (!turn) {
    refuse_hello(id, turn.error());
    co_return;
  }
  session_ = std::make_shared<PlainSession>(std::move(stranger_->socket), wire_, door_.greeting_,
                                            id, std::move(*identity), std::move(greeting.wish),
                                            door_.host_.asks());
  session_->keep(std::move(*place));
  forget_stranger();
  in_ = co_await door_.host_.let_in(*turn, session_);
  if (in_) ++door_.open_;
}

void PlainConnection::refuse_hello(std::optional<std::uint64_t> id, const Error& error) {
  door_.events_.refused("hello");
  if (id) send(*stranger_->socket, wire_, wire_.answer(*id, "hello", error));
  const auto traits = error_traits(error.code);
  turn_away(traits.retryable ? kTryAgainLater : kHelloRefused, traits.name);
}

void PlainConnection::on_drained(WebSocket& /*socket*/) {
  if (in_) door_.host_.caught_up(*session_);
}

void PlainConnection::on_closed(WebSocket& /*socket*/, std::string_view /*reason*/) {
  forget_stranger();
  place_.reset();
  const auto session = std::exchange(session_, nullptr);
  if (!session) return;
  session->mark_gone();
  if (!std::exchange(in_, false)) return;
  --door_.open_;
  door_.host_.put_out(session);
}

}  // namespace confab::gateway::dialects
