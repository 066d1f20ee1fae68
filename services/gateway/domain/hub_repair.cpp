// The half of Hub that keeps open rooms in step with the store's log.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "gateway/domain/hub.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kHeadCheck{2000};
constexpr double kHeadCheckSpread = 0.4;  // 1.6 s to 2.4 s.
constexpr int kShortIdleTicks = 3;

}  // namespace

/// Starts a repair unless all is well or one is under way.
void Hub::settle(const SlotPtr& slot, StreamState state) {
  if (state == StreamState::in_step || slot->repaired) return;
  if (state == StreamState::gap) counters_.gap_found();
  if (state == StreamState::forked) counters_.fork_found();
  begin_repair(slot);
}

void Hub::begin_repair(const SlotPtr& slot) {
  slot->repaired = loop_.make_gate();
  loop_.spawn([this, slot] { return repair(slot); });
}

/// Returns when the stream has been brought to where the store is, or the store is away.
Task<> Hub::catch_up(SlotPtr slot) {
  if (!slot->repaired) begin_repair(slot);
  const auto repaired = slot->repaired;
  co_await repaired->passed();
}

Task<> Hub::repair(SlotPtr slot) {
  for (bool go_on = true; go_on;) go_on = co_await read_on(slot);
  std::exchange(slot->repaired, nullptr)->open();
}

/// Reads a page after the last place delivered. Only what the store says decides whether the log
/// has been replaced. Whether there is more to read.
Task<bool> Hub::read_on(SlotPtr slot) {
  auto& stream = *slot->stream;
  const auto after = stream.last().seq;
  const bool had_gap = stream.has_held();
  const LogRange range{after, std::nullopt, kMaxReplay};
  const auto page = co_await store_.read(slot->room.room_id, 0, range);
  if (!page) {
    counters_.read_failed();
    co_return false;  // The next head check tries again.
  }
  bool follows = page->head.epoch == stream.last().epoch && page->head.seq >= after;
  for (const auto& entry : page->entries) {
    if (follows) follows = stream.take_stored(std::make_shared<Entry>(entry));
  }
  if (follows && page->head.seq == stream.last().seq) {
    follows = page->head.check == stream.last().check;
  }
  if (!follows) {
    stream.reset(page->head);
    counters_.log_replaced();
    co_return false;
  }
  const auto state = stream.advance();
  plan_flush(slot);
  const bool moved = stream.last().seq > after;
  if (moved && page->more) co_return true;
  if (state == StreamState::gap && had_gap && !moved) {
    // Published, if at all, before the log was read, and not in it: no entries of this log.
    stream.forget_held();
    co_return false;
  }
  co_return state != StreamState::in_step;
}

void Hub::on_feed_back() {
  loop_.spawn([this] { return compare_heads(); });
}

Task<> Hub::watch(std::function<double()> jitter) {
  for (;;) {
    const auto factor = 1 - kHeadCheckSpread / 2 + kHeadCheckSpread * jitter();
    co_await loop_.sleep(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::duration<double, std::milli>(kHeadCheck.count() * factor)));
    drop_idle();
    co_await compare_heads();
  }
}

Task<> Hub::compare_heads() {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, slot] : rooms_) {
    if (slot->stream && !slot->repaired) ids.push_back(id);
  }
  const auto heads = co_await read_heads(ids);
  if (!heads) {
    counters_.read_failed();
    co_return;
  }
  for (const auto& head : *heads) {
    const auto found = rooms_.find(head.room_id);
    if (found == rooms_.end() || !found->second->stream) continue;
    const auto& stream = *found->second->stream;
    // Behind us: it was read before what we have heard since.
    if (!is_ahead(stream.last(), head.position))
      settle(found->second, stream.compare(head.position));
  }
  look_for_lost_rooms(ids, *heads);
}

/// Rooms that somebody listens to and the store knows nothing of. Each is told of once.
void Hub::look_for_lost_rooms(const std::vector<std::uint64_t>& asked,
                              const std::vector<Head>& heads) {
  if (heads.size() >= asked.size()) return;
  std::unordered_set<std::uint64_t> there;
  for (const auto& head : heads) there.insert(head.room_id);
  bool is_new = false;
  for (const auto id : asked) {
    if (there.contains(id) || listeners(id) == 0) continue;
    if (!std::exchange(rooms_.at(id)->is_lost, true)) is_new = true;
  }
  if (is_new) counters_.log_replaced();
}

void Hub::drop_idle() {
  const auto patience = rooms_.size() > kManyRooms ? kShortIdleTicks : kIdleTicks;
  for (auto at = rooms_.begin(); at != rooms_.end();) {
    auto& slot = *at->second;
    const bool idle = slot.stream && slot.stream->empty() && slot.visits.empty() && !slot.repaired;
    slot.idle_ticks = idle ? slot.idle_ticks + 1 : 0;
    if (slot.idle_ticks < patience) {
      ++at;
      continue;
    }
    feed_.unfollow_room(at->first);
    at = rooms_.erase(at);
  }
}

}  // namespace confab::gateway
