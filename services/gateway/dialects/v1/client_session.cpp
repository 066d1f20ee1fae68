#include "gateway/dialects/v1/client_session.hpp"

#include <algorithm>
#include <utility>

#include "common/base/failpoint.hpp"
#include "gateway/domain/room_stream.hpp"

namespace confab::gateway::dialects {
namespace {

constexpr std::uint16_t kServiceRestart = 1012;
// docs/protocol.md, "Close codes".
constexpr std::uint16_t kComeBack = 4000;
constexpr std::uint16_t kFlood = 4103;

std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::token_expired:
      return "token expired";
    case EndReason::session_revoked:
      return "session revoked";
    case EndReason::draining:
    case EndReason::stopping:
      return "restart";
    case EndReason::slow:
      return "slow";
    case EndReason::flood:
      return "flood";
  }
  return "closed";
}

std::uint16_t code_of(EndReason reason) {
  switch (reason) {
    case EndReason::draining:
    case EndReason::stopping:
      return kServiceRestart;
    case EndReason::flood:
      return kFlood;
    case EndReason::slow:
    case EndReason::token_expired:
    case EndReason::session_revoked:
      return kComeBack;
  }
  return kComeBack;
}

}  // namespace

void ClientSession::deliver(const EventBatch& batch) {
  if (gone_) return;
  if (!open_) {
    for (const auto& event : batch.events()) keep_until_open(event);
    return;
  }
  const auto room_id = batch.room().room_id;
  auto* lag = find_lag(room_id);
  if (lag == nullptr) {
    if (write(batch)) return;
    if (!lags_) lags_ = std::make_unique<std::vector<Lag>>();
    lag = &lags_->emplace_back(Lag{room_id, batch.room().gid, batch.before()});
  }
  // It will read what it missed from the log, if it is still the same.
  for (const auto& event : batch.events()) lag->reset = lag->reset || event->name() == "reset";
}

void ClientSession::deliver_late(const EventBatch& batch) {
  alone_ = asks_.mark();  // The room's marks tell when the others were.
  deliver(batch);
}

ClientSession::Lag* ClientSession::find_lag(std::uint64_t room_id) {
  if (!lags_) return nullptr;
  const auto lag = std::find_if(lags_->begin(), lags_->end(),
                                [&](const Lag& one) { return one.room_id == room_id; });
  return lag == lags_->end() ? nullptr : &*lag;
}

void ClientSession::tell(const EventPtr& event) {
  if (gone_) return;
  alone_ = asks_.mark();
  if (!open_) return keep_until_open(event);
  write(*event);
}

void ClientSession::keep_until_open(const EventPtr& event) {
  if (!early_) early_ = std::make_unique<std::vector<EventPtr>>();
  if (early_->size() >= kMaxEarly) {
    return close(kComeBack, "too many events at once");
  }
  early_->push_back(event);
}

bool ClientSession::open(std::string_view ticket) {
  if (!welcome(ticket)) return false;
  open_ = true;
  if (const auto early = std::move(early_)) {
    for (const auto& event : *early) write(*event);
  }
  return true;
}

void ClientSession::caught_up(
    const std::function<std::optional<Position>(std::uint64_t room_id)>& now_at) {
  const auto lags = std::move(lags_);
  if (!lags) return;
  alone_ = asks_.mark();
  for (const auto& lag : *lags) {
    const auto head = now_at(lag.room_id);
    if (head) write(lag.reset ? *reset_event(lag.gid, *head) : *lag_event(lag.gid, lag.at, *head));
  }
}

void ClientSession::forget_lag(std::uint64_t room_id) {
  if (lags_) std::erase_if(*lags_, [&](const Lag& lag) { return lag.room_id == room_id; });
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
  asks_.put_out(shared_from_this(), room_id);
}

bool ClientSession::is_put_out(std::uint64_t room_id) const {
  return std::find(put_out_.begin(), put_out_.end(), room_id) != put_out_.end();
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
  const auto alone = alone_;
  tell(std::make_shared<LiveEvent>("session.expiring",
                                   R"({"expires_at":)" + std::to_string(ms) + "}"));
  alone_ = alone;  // A client that comes back brings a token: it needs no repetition.
}

void ClientSession::end(EndReason reason) {
  over_ = over_ || reason == EndReason::session_revoked;
  leaving_ = leaving_ || reason == EndReason::draining;
  if (reason == EndReason::draining && in_flight_ > 0) return;
  ending_ = true;
  hold_back(false);                              // Its side of the close is to be read.
  if (reason == EndReason::slow) return drop();  // It would not read the close either.
  close(code_of(reason), name_of(reason));
}

void ClientSession::goaway(std::chrono::milliseconds reconnect_in) {
  const auto alone = alone_;
  tell(std::make_shared<LiveEvent>(
      "goaway", R"({"reconnect_in_ms":)" + std::to_string(reconnect_in.count()) + "}"));
  alone_ = alone;  // Of no use to a client that has come back.
}

bool ClientSession::begin_command() {
  if (leaving_ || ending_) return false;
  ++in_flight_;
  return true;
}

void ClientSession::hold_back(bool held) {
  if (std::exchange(held_back_, held) != held) set_reading(!held);
}

void ClientSession::end_command() {
  if (--in_flight_ == 0 && leaving_) end(EndReason::draining);
}

std::optional<CutSession> ClientSession::give_up() {
  if (over_ || !open_) return std::nullopt;
  over_ = true;
  auto cut = asks_.cut(*this);
  gone_ = true;
  close(kComeBack, "the client came back elsewhere");
  return cut;
}

void ClientSession::confirmed() {
  if (pinged_ == 0) return;
  confirmed_ = pinged_;
  replayed_.reset();
}

void ClientSession::replay(const RoomRef& room, const Position& from,
                           const std::vector<std::shared_ptr<const Entry>>& missed) {
  ToldPlace place;
  place.room = room;
  place.from = from;
  for (const auto& entry : missed) {
    place.told.push_back(asks_.mark());
    keep_until_open(to_event(entry));
  }
  if (!replayed_) replayed_ = std::make_unique<std::vector<ToldPlace>>();
  replayed_->push_back(std::move(place));
}

void ClientSession::start_over() {
  early_.reset();
  lags_.reset();
  known_rooms_.clear();
  put_out_.clear();
  knows_all = false;
  replayed_.reset();
  alone_ = 0;
}

std::optional<std::vector<ToldPlace>> ClientSession::told() const {
  if ((lags_ && !lags_->empty()) || alone_ > confirmed_) return std::nullopt;
  auto places = RoomStream::told_after(*this, confirmed_);
  if (!places || !replayed_) return places;
  for (const auto& replayed : *replayed_) {
    const auto place = std::find_if(places->begin(), places->end(), [&](const ToldPlace& one) {
      return one.room.room_id == replayed.room.room_id;
    });
    if (place == places->end()) continue;
    // What it heard since is the end of what it was told.
    const auto heard_from = replayed.from.seq + replayed.told.size();
    const auto skip = heard_from - std::min(heard_from, place->from.seq);
    if (place->from.epoch != replayed.from.epoch || place->from.seq > heard_from ||
        skip > place->told.size()) {
      return std::nullopt;
    }
    auto told = replayed.told;
    told.insert(told.end(), place->told.begin() + static_cast<std::ptrdiff_t>(skip),
                place->told.end());
    place->from = replayed.from;
    place->told = std::move(told);
  }
  return places;
}

void ClientSession::answer(std::optional<std::uint64_t> id, std::string_view command,
                           const Result<std::string>& outcome) {
  if (!id || gone_) return;
  write_answer(*id, command, outcome);
  if (command == "send") failpoint::reach(failpoint::Step::ack_queued);
}

}  // namespace confab::gateway::dialects
