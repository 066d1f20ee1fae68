#include "gateway/domain/hub.hpp"

#include <algorithm>

#include "gateway/domain/hub_visit.hpp"

namespace confab::gateway {

Hub::Hub(MessageStore& store, Feed& feed, Loop& loop, HubCounters counters,
         std::size_t max_log_bytes)
    : store_(store),
      feed_(feed),
      loop_(loop),
      counters_(std::move(counters)),
      max_log_bytes_(max_log_bytes) {}

Hub::Slot* Hub::find(std::uint64_t room_id) const {
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : found->second.get();
}

/// Success when all of their rooms are open.
Task<Result<>> Hub::open(const Visits& visits) {
  std::vector<SlotPtr> fresh;
  std::vector<std::shared_ptr<Gate>> others;
  for (const auto& visit : visits) {
    const auto& slot = visit->slot();
    slot->idle_ticks = 0;
    if (slot->stream) continue;
    if (slot->opened) {
      others.push_back(slot->opened);
    } else {
      slot->opened = loop_.make_gate();
      fresh.push_back(slot);
    }
  }
  if (!fresh.empty()) {
    const auto opened = co_await open_new(std::move(fresh));
    if (!opened) co_return opened;
  }
  for (const auto& gate : others) co_await gate->passed();
  for (const auto& visit : visits) {
    if (!visit->slot()->stream) {
      co_return Error{ErrorCode::unavailable, "the room cannot be opened now"};
    }
  }
  co_return Result<>();
}

/// Opens rooms whose slots are new, all or none.
Task<Result<>> Hub::open_new(std::vector<SlotPtr> slots) {
  std::vector<std::uint64_t> ids;
  for (const auto& slot : slots) ids.push_back(slot->room.room_id);
  // Also when the feed is away: then the head checks carry the room.
  co_await feed_.follow_rooms(ids);
  const auto heads = co_await read_heads(ids);
  if (heads) {
    for (const auto& head : *heads) {
      const auto found = rooms_.find(head.room_id);
      if (found != rooms_.end() && !found->second->stream) {
        begin_stream(found->second, head.position);
      }
    }
  }
  for (const auto& slot : slots) {
    if (!slot->stream) {
      feed_.unfollow_room(slot->room.room_id);
      rooms_.erase(slot->room.room_id);
    }
    slot->opened->open();
  }
  if (!heads) co_return heads.error();
  co_return Result<>();
}

void Hub::begin_stream(const SlotPtr& slot, const Position& head) {
  slot->stream = std::make_unique<RoomStream>(slot->room, head, marks_, log_bytes_);
  for (const auto& entry : std::exchange(slot->early, {})) settle(slot, slot->stream->take(entry));
  plan_flush(slot);
}

Task<Result<std::vector<Head>>> Hub::read_heads(std::vector<std::uint64_t> rooms) {
  std::vector<Head> heads;
  for (std::size_t i = 0; i < rooms.size(); i += kMaxHeadsAtOnce) {
    const auto end = std::min(i + kMaxHeadsAtOnce, rooms.size());
    std::vector<std::uint64_t> batch(rooms.begin() + static_cast<std::ptrdiff_t>(i),
                                     rooms.begin() + static_cast<std::ptrdiff_t>(end));
    const auto some = co_await store_.heads(std::move(batch));
    if (!some) co_return some.error();
    heads.insert(heads.end(), some->begin(), some->end());
  }
  co_return heads;
}

std::optional<Position> Hub::position(const Subscriber& subscriber, std::uint64_t room_id) const {
  const auto* slot = find(room_id);
  if (slot == nullptr || !slot->stream || !slot->stream->has(subscriber)) return std::nullopt;
  return slot->stream->told();
}

void Hub::stored(std::uint64_t room_id, const Position& place) {
  auto* slot = find(room_id);
  if (slot != nullptr && is_ahead(place, slot->stored)) slot->stored = place;
}

void Hub::changed(std::uint64_t room_id) {
  auto* slot = find(room_id);
  if (slot == nullptr || !slot->stream) return;
  auto next = slot->stream->last();
  ++next.seq;
  stored(room_id, next);
}

const RoomStream* Hub::whole_log(std::uint64_t room_id) const {
  const auto* slot = find(room_id);
  if (slot == nullptr || !slot->stream || slot->repaired) return nullptr;
  return is_ahead(slot->stored, slot->stream->last()) ? nullptr : slot->stream.get();
}

std::optional<LogPage> Hub::recent_page(std::uint64_t room_id, const LogRange& range) const {
  const auto* stream = whole_log(room_id);
  return stream == nullptr ? std::nullopt : stream->page(range);
}

bool Hub::ends_at(std::uint64_t room_id, const Position& head) const {
  const auto* stream = whole_log(room_id);
  if (stream == nullptr) return false;
  const auto& last = stream->last();
  return last.epoch == head.epoch && last.seq == head.seq && last.check == head.check;
}

std::uint64_t Hub::changes_heard(std::uint64_t room_id) const {
  const auto* slot = find(room_id);
  return slot == nullptr || !slot->stream ? 0 : slot->stream->changes();
}

void Hub::tell(std::uint64_t room_id, std::vector<EventPtr> events,
               std::optional<std::int64_t> user_id) {
  auto* slot = find(room_id);
  if (slot != nullptr && slot->stream) slot->stream->tell(std::move(events), user_id);
}

const RoomRef* Hub::room(std::uint64_t room_id) const {
  const auto* slot = find(room_id);
  return slot == nullptr ? nullptr : &slot->room;
}

std::size_t Hub::listeners(std::uint64_t room_id) const {
  const auto* slot = find(room_id);
  return slot == nullptr || !slot->stream ? 0 : slot->stream->listeners();
}

bool Hub::listens(const Subscriber& subscriber, std::uint64_t room_id) const {
  const auto* slot = find(room_id);
  if (slot == nullptr) return false;
  if (slot->stream && slot->stream->has(subscriber)) return true;
  return std::any_of(slot->visits.begin(), slot->visits.end(), [&](const Visit* visit) {
    return visit->is_of(subscriber) && !visit->cancelled();
  });
}

void Hub::leave(Subscriber& subscriber, std::uint64_t room_id) {
  if (auto* slot = find(room_id)) {
    if (slot->stream) slot->stream->leave(subscriber);
    for (auto* visit : slot->visits) {
      if (visit->is_of(subscriber)) visit->cancel();
    }
  }
}

void Hub::leave_all(Subscriber& subscriber) { RoomStream::leave_all(subscriber); }

void Hub::on_entries(std::uint64_t room_id, const std::vector<EntryPtr>& entries) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  const auto& slot = found->second;
  for (const auto& entry : entries) {
    if (slot->stream) {
      settle(slot, slot->stream->take(entry));
    } else if (slot->early.size() < RoomStream::kMaxHeld &&
               slot->early_bytes < RoomStream::kMaxHeldBytes) {
      slot->early_bytes += entry->json.size();
      slot->early.push_back(entry);
    }
  }
  plan_flush(slot);
  if (*log_bytes_ > max_log_bytes_) keep_logs_within(max_log_bytes_ / 4 * 3);
  counters_.entries_delivered(entries.size());
  counters_.heard(room_id, entries);
}

void Hub::keep_logs_within(std::size_t bytes) {
  std::vector<std::pair<std::uint64_t, RoomStream*>> by_quiet;
  for (const auto& [id, slot] : rooms_) {
    if (slot->stream) by_quiet.emplace_back(slot->stream->last_told(), slot->stream.get());
  }
  std::sort(by_quiet.begin(), by_quiet.end());
  for (auto next = by_quiet.begin(); next != by_quiet.end() && *log_bytes_ > bytes; ++next) {
    next->second->forget_recent();
  }
}

void Hub::plan_flush(const SlotPtr& slot) {
  if (slot->flush_planned || !slot->stream || slot->stream->gathered() == 0) return;
  slot->flush_planned = true;
  to_flush_.push_back(slot);
  if (to_flush_.size() == 1) loop_.defer([this] { flush_planned(); });
}

void Hub::flush_planned() {
  const auto now = loop_.now();
  for (const auto& slot : std::exchange(to_flush_, {})) {
    const auto wait = slot->window.wait(now);
    if (wait.count() == 0) {
      flush(*slot);
      continue;
    }
    loop_.spawn([this, slot, wait]() -> Task<> {
      co_await loop_.sleep(wait);
      flush(*slot);
    });
  }
}

void Hub::flush(Slot& slot) {
  slot.flush_planned = false;
  if (!slot.stream) return;
  slot.window.flushed(loop_.now(), slot.stream->gathered(), slot.stream->listeners());
  slot.stream->flush();
}

}  // namespace confab::gateway
