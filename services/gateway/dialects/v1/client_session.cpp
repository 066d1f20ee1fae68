#include "gateway/dialects/v1/client_session.hpp"

#include <algorithm>
#include <utility>

#include "gateway/domain/room_stream.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint16_t kServiceRestart = 1012;
constexpr std::uint16_t kComeBack = 4000;  // docs/protocol.md, "Close codes".

std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::token_expired:
      return "token expired";
    case EndReason::session_revoked:
      return "session revoked";
    case EndReason::draining:
      return "restart";
  }
  return "closed";
}

}  // namespace

void ClientSession::deliver(const EventBatch& batch) {
  if (gone_) return;
  if (!open_) {
    for (const auto& event : batch.events()) keep_until_open(event);
    return;
  }
  const auto room_id = batch.room().room_id;
  auto lag = std::find_if(lags_.begin(), lags_.end(),
                          [&](const Lag& one) { return one.room_id == room_id; });
  if (lag == lags_.end()) {
    if (write(batch)) return;
    lag = lags_.insert(lag, {room_id, batch.room().gid, batch.before()});
  }
  // It will read what it missed from the log, if it is still the same.
  for (const auto& event : batch.events()) lag->reset = lag->reset || event->name() == "reset";
}

void ClientSession::tell(const EventPtr& event) {
  if (gone_) return;
  if (!open_) return keep_until_open(event);
  write(*event);
}

void ClientSession::keep_until_open(const EventPtr& event) {
  if (early_.size() >= kMaxEarly) {
    return close(kComeBack, "too many events at once");
  }
  early_.push_back(event);
}

bool ClientSession::open(std::string_view ticket) {
  if (!welcome(ticket)) return false;
  open_ = true;
  for (const auto& event : std::exchange(early_, {})) write(*event);
  return true;
}

void ClientSession::caught_up(
    const std::function<std::optional<Position>(std::uint64_t room_id)>& now_at) {
  for (const auto& lag : std::exchange(lags_, {})) {
    const auto head = now_at(lag.room_id);
    if (head) write(lag.reset ? *reset_event(lag.gid, *head) : *lag_event(lag.gid, lag.at, *head));
  }
}

void ClientSession::forget_lag(std::uint64_t room_id) {
  std::erase_if(lags_, [&](const Lag& lag) { return lag.room_id == room_id; });
}

bool ClientSession::knows(std::uint64_t room_id) const {
  return std::any_of(known_rooms_.begin(), known_rooms_.end(),
                     [&](const RoomCardPtr& card) { return card->room.room_id == room_id; });
}

bool ClientSession::learn(RoomCardPtr room) {
  if (knows(room->room.room_id)) return false;
  known_rooms_.push_back(std::move(room));
  return true;
}

void ClientSession::put_out(std::uint64_t room_id) {
  if (knows(room_id)) put_out_.push_back(room_id);
}

bool ClientSession::take_put_out(std::uint64_t room_id) {
  return std::erase(put_out_, room_id) > 0;
}

RoomCardPtr ClientSession::forget(std::uint64_t room_id) {
  take_put_out(room_id);
  const auto found =
      std::find_if(known_rooms_.begin(), known_rooms_.end(),
                   [&](const RoomCardPtr& card) { return card->room.room_id == room_id; });
  if (found == known_rooms_.end()) return nullptr;
  auto card = std::move(*found);
  known_rooms_.erase(found);
  return card;
}

void ClientSession::notice(const UserNotice& notice) { asks_.notice(shared_from_this(), notice); }

void ClientSession::look_again() { asks_.look_again(shared_from_this()); }

void ClientSession::warn_of_expiry() {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(identity_.expires_at.time_since_epoch())
          .count();
  tell(std::make_shared<LiveEvent>("session.expiring",
                                   R"({"expires_at":)" + std::to_string(ms) + "}"));
}

void ClientSession::end(EndReason reason) {
  close(reason == EndReason::draining ? kServiceRestart : kComeBack, name_of(reason));
}

void ClientSession::answer(std::optional<std::uint64_t> id, std::string_view command,
                           const Result<std::string>& outcome) {
  if (id && !gone_) write_answer(*id, command, outcome);
}

}  // namespace confab::gateway::dialects
