#include "gateway/dialects/chat_backend/listeners.hpp"

namespace confab::gateway::dialects::chat_backend {

Task<Result<>> Listeners::enter(User user, std::string gid) {
  const auto entered = co_await parts_.rooms.join(std::move(user), std::move(gid), "");
  if (!entered) co_return entered.error();
  co_return Result<>();
}

Task<Result<Identity>> Listeners::identify(FirstMessage message) {
  auto identity = co_await credentials_.check(std::move(message.uuid), std::move(message.token));
  if (!identity) co_return identity.error();
  const auto within = parts_.door.commands.admit(identity->user, "subscribe");
  if (!within) co_return within.error();
  co_return identity;
}

Task<Result<Admission>> Listeners::find_room(User user, std::string gid) {
  auto room = co_await parts_.door.chat.listenable(user, gid);
  const bool outside = !room && room.error().code == ErrorCode::not_a_member;
  if (!outside) co_return room;
  const auto entered = co_await enter(user, gid);
  if (!entered) co_return entered.error();
  co_return co_await parts_.door.chat.listenable(std::move(user), std::move(gid));
}

Result<Place> Listeners::place_for(const Identity& identity) {
  return parts_.door.guard.limits().let_in(identity.user.id);
}

Task<Result<>> Listeners::hear(SessionPtr session, Admission room) {
  const auto room_id = room.room.room_id;
  if (parts_.door.hub.listens(*session, room_id)) co_return Result<>();
  if (session->rooms_heard() >= parts_.host.options().max_rooms) {
    co_return Error{ErrorCode::too_many_subscriptions, "the connection hears too many rooms"};
  }
  session->hears(room.room);
  const std::vector<Admission> only(1, std::move(room));
  const auto joined = co_await parts_.door.hub.join(session, only);
  if (!joined) co_return joined.error();
  if (!parts_.door.hub.listens(*session, room_id)) {
    co_return Error{ErrorCode::not_a_member, "the room was left meanwhile"};
  }
  co_return Result<>();
}

}  // namespace confab::gateway::dialects::chat_backend
