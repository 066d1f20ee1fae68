#include "gateway/domain/hub.hpp"

#include <algorithm>

namespace confab::gateway {
namespace {

Error away() { return {ErrorCode::unavailable, "the room cannot be opened now"}; }

}  // namespace

Hub::Pin::Pin(Hub& hub, std::uint64_t room_id) : hub_(hub), room_id_(room_id) {
  if (const auto found = hub_.rooms_.find(room_id_); found != hub_.rooms_.end()) {
    ++found->second.pins;
  }
}

Hub::Pin::~Pin() {
  if (const auto found = hub_.rooms_.find(room_id_); found != hub_.rooms_.end()) {
    --found->second.pins;
  }
}

Hub::Hub(MessageStore& store, Feed& feed, Loop& loop, HubCounters counters)
    : store_(store), feed_(feed), loop_(loop), counters_(std::move(counters)) {}

RoomStream* Hub::stream(std::uint64_t room_id) {
  const auto found = rooms_.find(room_id);
  return found == rooms_.end() ? nullptr : found->second.stream.get();
}

Task<Result<>> Hub::join(std::shared_ptr<Subscriber> subscriber, std::vector<RoomRef> rooms) {
  const auto opened = co_await open(rooms);
  if (!opened) co_return opened;
  if (subscriber->gone()) co_return Result<>();
  for (const auto& room : rooms) {
    if (auto* found = stream(room.room_id)) attach(*subscriber, *found);
  }
  co_return Result<>();
}

Task<Result<Replay>> Hub::resume(std::shared_ptr<Subscriber> subscriber, RoomRef room,
                                 Position from) {
  const std::vector<RoomRef> only(1, room);
  const auto opened = co_await open(only);
  if (!opened) co_return opened.error();
  const Pin pin(*this, room.room_id);
  auto* found = stream(room.room_id);
  if (found == nullptr) co_return away();
  Replay replay;
  replay.reset = from.epoch != found->last().epoch || from.seq > found->last().seq ||
                 found->last().seq - from.seq > kMaxReplay;
  if (!replay.reset) {
    leave(*subscriber, room.room_id);  // What comes meanwhile is part of the answer.
    auto events = co_await missed(room, from.seq);
    if (!events) co_return events.error();
    replay.events = std::move(*events);
  }
  found = stream(room.room_id);
  if (found == nullptr) co_return away();
  replay.head = found->last();
  if (!subscriber->gone()) attach(*subscriber, *found);
  co_return replay;
}

/// Everything after `after` up to where the stream stands when this returns. Pinned by the caller.
Task<Result<std::vector<EntryPtr>>> Hub::missed(RoomRef room, std::uint64_t after) {
  std::vector<EntryPtr> events;
  for (;;) {
    const auto* found = stream(room.room_id);
    if (found == nullptr) co_return away();
    if (const auto rest = found->since(after)) {
      events.insert(events.end(), rest->begin(), rest->end());
      const auto last = found->last().seq;
      std::erase_if(events, [&](const EntryPtr& entry) { return entry->seq > last; });
      co_return events;
    }
    auto page = co_await store_.read(room.room_id, 0, LogRange{after, std::nullopt, kMaxReplay});
    if (!page) co_return page.error();
    if (page->entries.empty() || events.size() > 2 * kMaxReplay) co_return away();
    for (auto& entry : page->entries) {
      after = entry.seq;
      events.push_back(std::make_shared<Entry>(std::move(entry)));
    }
  }
}

/// Success when all of them are open.
Task<Result<>> Hub::open(std::vector<RoomRef> rooms) {
  std::vector<RoomRef> fresh;
  std::vector<std::shared_ptr<Gate>> others;
  for (const auto& room : rooms) {
    const auto [slot, is_new] = rooms_.try_emplace(room.room_id);
    if (is_new) {
      slot->second.room = room;
      slot->second.opened = loop_.make_gate();
      fresh.push_back(room);
    } else if (!slot->second.stream) {
      others.push_back(slot->second.opened);
    }
    slot->second.idle_ticks = 0;
  }
  if (!fresh.empty()) {
    const auto opened = co_await open_new(std::move(fresh));
    if (!opened) co_return opened;
  }
  for (const auto& gate : others) co_await gate->passed();
  for (const auto& room : rooms) {
    if (stream(room.room_id) == nullptr) co_return away();
  }
  co_return Result<>();
}

/// Opens rooms whose slots are new, all or none.
Task<Result<>> Hub::open_new(std::vector<RoomRef> rooms) {
  std::vector<std::uint64_t> ids;
  for (const auto& room : rooms) ids.push_back(room.room_id);
  // Also when the feed is away: then the head checks below carry the room.
  co_await feed_.follow_rooms(ids);
  auto heads = co_await read_heads(ids);
  if (heads) {
    for (auto& head : *heads) {
      auto& slot = rooms_[head.room_id];
      slot.stream = std::make_unique<RoomStream>(slot.room, head.position);
      for (const auto& entry : std::exchange(slot.early, {})) {
        settle(slot, slot.stream->take(entry));
      }
    }
  }
  for (const auto id : ids) {
    const auto found = rooms_.find(id);
    const auto gate = found->second.opened;
    if (!found->second.stream) {
      feed_.unfollow_room(id);
      rooms_.erase(found);
    }
    gate->open();
  }
  if (!heads) co_return heads.error();
  co_return Result<>();
}

Task<Result<std::vector<Head>>> Hub::read_heads(std::vector<std::uint64_t> rooms) {
  std::vector<Head> heads;
  for (std::size_t i = 0; i < rooms.size(); i += kMaxHeadsAtOnce) {
    const auto end = std::min(i + kMaxHeadsAtOnce, rooms.size());
    std::vector<std::uint64_t> batch(rooms.begin() + static_cast<std::ptrdiff_t>(i),
                                     rooms.begin() + static_cast<std::ptrdiff_t>(end));
    auto some = co_await store_.heads(std::move(batch));
    if (!some) co_return some.error();
    heads.insert(heads.end(), some->begin(), some->end());
  }
  co_return heads;
}

void Hub::attach(Subscriber& subscriber, RoomStream& stream) {
  if (stream.has(subscriber)) return;
  stream.join(subscriber);
  joined_[&subscriber].push_back(stream.room().room_id);
}

std::optional<Position> Hub::position(std::uint64_t room_id) {
  const auto* found = stream(room_id);
  if (found == nullptr) return std::nullopt;
  return found->last();
}

void Hub::leave(Subscriber& subscriber, std::uint64_t room_id) {
  if (auto* found = stream(room_id)) found->leave(subscriber);
  if (const auto found = joined_.find(&subscriber); found != joined_.end()) {
    std::erase(found->second, room_id);
  }
}

void Hub::leave_all(Subscriber& subscriber) {
  const auto found = joined_.find(&subscriber);
  if (found == joined_.end()) return;
  for (const auto room_id : found->second) {
    if (auto* room = stream(room_id)) room->leave(subscriber);
  }
  joined_.erase(found);
}

void Hub::on_entries(std::uint64_t room_id, const std::vector<EntryPtr>& entries) {
  const auto found = rooms_.find(room_id);
  if (found == rooms_.end()) return;
  auto& slot = found->second;
  for (const auto& entry : entries) {
    if (!slot.stream) {
      if (slot.early.size() < RoomStream::kMaxHeld) slot.early.push_back(entry);
      continue;
    }
    settle(slot, slot.stream->take(entry));
  }
  counters_.entries_delivered(entries.size());
}

}  // namespace confab::gateway
