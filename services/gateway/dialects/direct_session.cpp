#include "gateway/dialects/direct_session.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::chrono::milliseconds kPause{500};

}  // namespace

void DirectSession::pass(const std::optional<Pair>& pair, const Message& message) {
  if (pair) tell(message, pair->facing(message.sender.id));
}

void DirectSession::say(const LiveEvent& event) {
  auto message = message_of(*event.entry());
  if (!message) return;
  const auto room_id = event.entry()->room_id;
  if (waiting_.empty()) {
    if (const auto* pair = rooms_.known(room_id)) return pass(*pair, *message);
  }
  if (waiting_.size() >= kMostWaiting) return close(kTooMuch, "too many messages at once");
  RoomRef room{room_id, message->gid};
  waiting_.push_back({std::move(room), std::move(*message)});
  if (waiting_.size() > 1) return;
  rooms_.parts().door.loop.spawn([this, self = shared_from_this()] { return work_off(self); });
}

/// One after the other, so that their order stays.
Task<> DirectSession::work_off(std::shared_ptr<ClientSession> self) {
  while (!waiting_.empty() && !self->gone()) {
    const auto room = waiting_.front().room;
    const auto sender = waiting_.front().message.sender;
    std::optional<Pair> pair;
    if (const auto* known = rooms_.known(room.room_id)) {
      pair = *known;
    } else {
      const auto found = co_await rooms_.look_up(self->identity().user, room, sender);
      const bool again = !found && error_traits(found.error().code).retryable;
      if (again) {
        co_await rooms_.parts().door.loop.sleep(kPause);
        continue;
      }
      if (found) pair = *found;
    }
    const auto next = std::move(waiting_.front().message);
    waiting_.pop_front();
    pass(pair, next);
  }
  waiting_.clear();
}

}  // namespace confab::gateway::dialects
