#include "gateway/dialects/v1/socketio_session.hpp"

#include <algorithm>
#include <utility>

#include "gateway/dialects/v1/render.hpp"
#include "gateway/socketio/event_frames.hpp"

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

const SharedBytes& packet_of(const LiveEvent& event) {
  return event.form(LiveEvent::Form::socketio,
                    [&] { return encode_event("/", event.name(), event.json()).packet; });
}

}  // namespace

void SocketIoSession::emit(const LiveEvent& event) { socket_->emit({packet_of(event), {}}); }

/// False when the client is too slow to be given it now.
bool SocketIoSession::emit(const EventBatch& batch) {
  if (socket_->takes_frames()) {
    return socket_->emit_frames(batch.frames(EventBatch::Wire::socketio, [](const auto& events) {
      EventFrames frames("/");
      for (const auto& event : events) frames.add(event->name(), event->json());
      return frames.take();
    }));
  }
  std::vector<SharedBytes> packets;
  for (const auto& event : batch.events()) packets.push_back(packet_of(*event));
  return socket_->emit_packets(packets);
}

void SocketIoSession::deliver(const EventBatch& batch) {
  if (gone_) return;
  if (!open_) {
    for (const auto& event : batch.events()) keep_until_open(event);
    return;
  }
  const auto room_id = batch.room().room_id;
  auto lag = std::find_if(lags_.begin(), lags_.end(),
                          [&](const Lag& one) { return one.room_id == room_id; });
  if (lag == lags_.end()) {
    if (emit(batch)) return;
    lag = lags_.insert(lag, {room_id, batch.room().gid, batch.before()});
  }
  // It will read what it missed from the log, if it is still the same.
  for (const auto& event : batch.events()) lag->reset = lag->reset || event->name() == "reset";
}

void SocketIoSession::tell(const EventPtr& event) {
  if (gone_) return;
  if (!open_) return keep_until_open(event);
  emit(*event);
}

void SocketIoSession::keep_until_open(const EventPtr& event) {
  if (early_.size() >= kMaxEarly) {
    return socket_->close_transport(kComeBack, "too many events at once");
  }
  early_.push_back(event);
}

bool SocketIoSession::open(std::string_view ticket) {
  socket_->accept(ticket);
  if (!socket_->connected()) return false;
  open_ = true;
  for (const auto& event : std::exchange(early_, {})) emit(*event);
  return true;
}

void SocketIoSession::caught_up(
    const std::function<std::optional<Position>(std::uint64_t room_id)>& now_at) {
  for (const auto& lag : std::exchange(lags_, {})) {
    const auto head = now_at(lag.room_id);
    if (head) emit(lag.reset ? *reset_event(lag.gid, *head) : *lag_event(lag.gid, lag.at, *head));
  }
}

void SocketIoSession::forget_lag(std::uint64_t room_id) {
  std::erase_if(lags_, [&](const Lag& lag) { return lag.room_id == room_id; });
}

bool SocketIoSession::knows(std::uint64_t room_id) const {
  return std::any_of(known_rooms_.begin(), known_rooms_.end(),
                     [&](const RoomCardPtr& card) { return card->room.room_id == room_id; });
}

bool SocketIoSession::learn(RoomCardPtr room) {
  if (knows(room->room.room_id)) return false;
  known_rooms_.push_back(std::move(room));
  return true;
}

RoomCardPtr SocketIoSession::forget(std::uint64_t room_id) {
  const auto found =
      std::find_if(known_rooms_.begin(), known_rooms_.end(),
                   [&](const RoomCardPtr& card) { return card->room.room_id == room_id; });
  if (found == known_rooms_.end()) return nullptr;
  auto card = std::move(*found);
  known_rooms_.erase(found);
  return card;
}

void SocketIoSession::notice(const UserNotice& notice) { asks_.notice(shared_from_this(), notice); }

void SocketIoSession::look_again() { asks_.look_again(shared_from_this()); }

void SocketIoSession::warn_of_expiry() {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(identity_.expires_at.time_since_epoch())
          .count();
  tell(std::make_shared<LiveEvent>("session.expiring",
                                   R"({"expires_at":)" + std::to_string(ms) + "}"));
}

/// The transport is closed rather than the namespace left, because only then do clients come back.
void SocketIoSession::end(EndReason reason) {
  socket_->close_transport(reason == EndReason::draining ? kServiceRestart : kComeBack,
                           name_of(reason));
}

void SocketIoSession::answer(std::optional<std::uint64_t> ack_id,
                             const Result<std::string>& outcome) {
  if (!ack_id || gone_) return;
  if (!outcome)
    return socket_->ack(*ack_id, R"([{"ok":false,"error":)" + render(outcome.error()) + "}]");
  // The answer's fields beside "ok".
  const bool empty = *outcome == "{}";
  socket_->ack(*ack_id, R"([{"ok":true)" +
                            (empty ? "" : "," + outcome->substr(1, outcome->size() - 2)) + "}]");
}

}  // namespace confab::gateway::dialects
