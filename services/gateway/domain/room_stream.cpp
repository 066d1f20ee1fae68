#include "gateway/domain/room_stream.hpp"

#include <algorithm>
#include <utility>

#include "gateway/domain/folded_page.hpp"

namespace confab::gateway {
namespace {

/// Whether a deleted account leaves. No other username has a space.
bool is_farewell(const Entry& entry) {
  if (entry.kind != EntryKind::member_left) return false;
  const auto ghost = R"("username":"deleted )" + std::to_string(entry.subject_id) + '"';
  return entry.json.find(ghost) != std::string::npos;
}

}  // namespace

StreamState RoomStream::take(const std::shared_ptr<const Entry>& entry) {
  if (entry->epoch != last_.epoch) return StreamState::forked;
  if (entry->seq <= last_.seq) {
    const bool same = entry->seq != last_.seq || entry->check == last_.check;
    return same ? advance() : StreamState::forked;
  }
  if (held_.empty() && follows(*entry)) {  // As nearly always: no need to hold it.
    deliver(entry);
    return StreamState::in_step;
  }
  if (held_.size() >= kMaxHeld || held_bytes_ >= kMaxHeldBytes) forget_held();
  if (held_.emplace(entry->seq, entry).second) held_bytes_ += entry->json.size();
  return advance();
}

void RoomStream::forget_held() {
  held_.clear();
  held_bytes_ = 0;
}

bool RoomStream::take_stored(const std::shared_ptr<const Entry>& entry) {
  if (entry->epoch != last_.epoch) return false;
  if (entry->seq < last_.seq) return true;
  if (entry->seq == last_.seq) return entry->check == last_.check;
  if (!follows(*entry)) return false;
  deliver(entry);
  return true;
}

bool RoomStream::follows(const Entry& entry) const {
  return entry.seq == last_.seq + 1 && entry.prev_check == last_.check;
}

StreamState RoomStream::advance() {
  while (!held_.empty()) {
    const auto next = held_.begin();
    if (next->first > last_.seq + 1) return StreamState::gap;
    const auto entry = next->second;
    held_.erase(next);
    held_bytes_ -= entry->json.size();
    if (entry->seq <= last_.seq) continue;
    if (entry->prev_check != last_.check) {
      forget_held();  // Some of these are not of this log; the log itself will tell which.
      return StreamState::forked;
    }
    deliver(entry);
  }
  return StreamState::in_step;
}

void RoomStream::deliver(const std::shared_ptr<const Entry>& entry) {
  last_.seq = entry->seq;
  last_.check = entry->check;
  const bool farewell = is_farewell(*entry);
  if (changes_message(entry->kind) || farewell) ++changes_;
  // What it said is never given out again, nor how a deleted user was called.
  if (entry->kind == EntryKind::message_redacted) recent_.forget_message(entry->target_seq);
  if (farewell) recent_.forget_all();
  recent_.push(entry);
  if (listeners_.empty()) {
    flushed_ = last_;
    recent_.mark_told(marks_.last());
    return;
  }
  gathered_.push_back(to_event(entry));
  // Their leaving is the last thing they see of the room, exactly.
  if (entry->kind == EntryKind::member_left) put_out(entry->subject_id, entry->seq);
}

void RoomStream::put_out(std::int64_t user_id, std::uint64_t seq) {
  flush();
  for (std::size_t i = 0; i < listeners_.size();) {
    const auto& listener = listeners_[i];
    if (listener.subscriber->user_id() == user_id && seq > listener.member_at) {
      auto& subscriber = *listener.subscriber;
      remove(i);
      subscriber.put_out(room_.room_id);
    } else {
      ++i;
    }
  }
}

void RoomStream::flush() {
  auto before = std::exchange(flushed_, last_);
  if (gathered_.empty()) return;
  recent_.mark_told(marks_.next());
  const EventBatch batch(room_, std::move(before), std::exchange(gathered_, {}));
  for (const auto& listener : listeners_) {
    if (!listener.held) listener.subscriber->deliver(batch);
  }
}

void RoomStream::tell(std::vector<EventPtr> events, std::optional<std::int64_t> user_id) {
  flush();
  const EventBatch batch(room_, flushed_, std::move(events));
  for (const auto& listener : listeners_) {
    if (!user_id || listener.subscriber->user_id() == *user_id) listener.subscriber->deliver(batch);
  }
}

StreamState RoomStream::compare(const Position& head) const {
  if (head.epoch != last_.epoch || head.seq < last_.seq) return StreamState::forked;
  if (head.seq > last_.seq) return StreamState::gap;
  return head.check == last_.check ? StreamState::in_step : StreamState::forked;
}

void RoomStream::reset(const Position& head) {
  flush();
  last_ = head;
  ++resets_;
  recent_.clear();
  forget_held();
  gathered_.push_back(reset_event(room_.gid, head));
  flush();
}

void RoomStream::join(Subscriber& subscriber, std::uint64_t member_at) {
  if (has(subscriber)) return;
  flush();
  subscriber.seats_.push_back({this, listeners_.size()});
  listeners_.push_back({&subscriber, member_at, false});
}

void RoomStream::leave(Subscriber& subscriber) {
  for (const auto& seat : subscriber.seats_) {
    if (seat.room != this) continue;
    flush();
    return remove(seat.index);
  }
}

RoomStream::Listener* RoomStream::find(const Subscriber& subscriber) {
  for (const auto& seat : subscriber.seats_) {
    if (seat.room == this) return &listeners_[seat.index];
  }
  return nullptr;
}

RoomStream::Hold RoomStream::hold(Subscriber& subscriber) {
  flush();
  if (auto* listener = find(subscriber)) listener->held = true;
  return {flushed_, resets_};
}

void RoomStream::release(Subscriber& subscriber, const Hold& hold) {
  flush();
  auto* listener = find(subscriber);
  if (listener == nullptr || !std::exchange(listener->held, false)) return;
  const bool same_log = hold.resets == resets_;
  if (same_log && hold.at.seq == flushed_.seq) return;
  std::vector<EventPtr> missed;
  const auto entries = same_log ? since(hold.at.seq) : std::nullopt;
  if (entries) {
    for (const auto& entry : *entries) missed.push_back(to_event(entry));
  } else if (same_log) {
    missed.push_back(lag_event(room_.gid, hold.at, flushed_));
  } else {
    missed.push_back(reset_event(room_.gid, flushed_));
  }
  subscriber.deliver_late(EventBatch(room_, hold.at, std::move(missed)));
}

void RoomStream::leave_all(Subscriber& subscriber) {
  while (!subscriber.seats_.empty()) subscriber.seats_.back().room->leave(subscriber);
}

/// The last listener takes the place of the one removed.
void RoomStream::remove(std::size_t index) {
  const auto seat_of = [this](Subscriber& subscriber) {
    return std::find_if(subscriber.seats_.begin(), subscriber.seats_.end(),
                        [this](const auto& seat) { return seat.room == this; });
  };
  auto& subscriber = *listeners_[index].subscriber;
  subscriber.seats_.erase(seat_of(subscriber));
  if (index + 1 < listeners_.size()) {
    listeners_[index] = listeners_.back();
    seat_of(*listeners_[index].subscriber)->index = index;
  }
  listeners_.pop_back();
}

bool RoomStream::has(const Subscriber& subscriber) const {
  return std::any_of(subscriber.seats_.begin(), subscriber.seats_.end(),
                     [this](const auto& seat) { return seat.room == this; });
}

std::optional<std::vector<ToldPlace>> RoomStream::told_after(const Subscriber& subscriber,
                                                             std::uint64_t mark) {
  std::vector<ToldPlace> places;
  places.reserve(subscriber.seats_.size());
  for (const auto& seat : subscriber.seats_) {
    const auto& stream = *seat.room;
    auto told = stream.recent_.told_after(mark);
    if (!told || stream.listeners_[seat.index].held) return std::nullopt;
    ToldPlace place;
    place.room = stream.room_;
    place.from.epoch = stream.flushed_.epoch;
    place.from.seq = stream.flushed_.seq - told->size();
    place.told = std::move(*told);
    places.push_back(std::move(place));
  }
  return places;
}

std::optional<std::vector<std::shared_ptr<const Entry>>> RoomStream::since(
    std::uint64_t seq) const {
  std::vector<std::shared_ptr<const Entry>> out;
  if (seq >= last_.seq) return out;
  if (recent_.empty() || recent_.front()->seq > seq + 1) return std::nullopt;
  for (auto next = seq + 1; next <= last_.seq; ++next) {
    out.push_back(recent_[next - recent_.front()->seq]);
  }
  return out;
}

std::optional<LogPage> RoomStream::page(const LogRange& range) const {
  if (range.folded) return folded_page(recent_, last_, range);
  const auto oldest = recent_.empty() ? last_.seq + 1 : recent_.front()->seq;
  auto from = range.after.value_or(0) + 1;
  auto to = last_.seq;
  if (range.after) {
    to = std::min(to, from + range.limit - 1);
  } else {
    if (range.before) to = std::min(to, *range.before - 1);
    from = to >= range.limit ? to - range.limit + 1 : 1;
  }
  if (from < oldest || last_.seq == 0) return std::nullopt;
  LogPage out;
  out.head = last_;
  for (auto seq = from; seq <= to; ++seq) out.entries.push_back(*recent_[seq - oldest]);
  out.more = range.after ? to < last_.seq : from > 1;
  return out;
}

}  // namespace confab::gateway
