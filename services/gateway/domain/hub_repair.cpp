// The half of Hub that keeps open rooms in step with the store's log.
#include <algorithm>

#include "gateway/domain/hub.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kHeadCheck{2000};
constexpr double kHeadCheckSpread = 0.4;  // 1.6 s to 2.4 s.
constexpr int kIdleTicks = 3;

}  // namespace

/// Starts a repair unless all is well or one is under way.
void Hub::settle(Slot& slot, StreamState state) {
  if (state == StreamState::in_step || slot.repairing) return;
  if (state == StreamState::gap) counters_.gap_found();
  if (state == StreamState::forked) counters_.fork_found();
  slot.repairing = true;
  loop_.spawn([this, room_id = slot.room.room_id] { return repair(room_id); });
}

/// Reads on from the last place delivered until the stream has caught up with the store. Only what
/// the store says decides whether the log has been replaced.
Task<> Hub::repair(std::uint64_t room_id) {
  const Pin pin(*this, room_id);
  for (bool go_on = true; go_on;) {
    const auto* before = stream(room_id);
    if (before == nullptr) co_return;
    const auto after = before->last().seq;
    const auto page = co_await store_.read(room_id, 0, LogRange{after, std::nullopt, kMaxReplay});
    const auto found = rooms_.find(room_id);
    if (found == rooms_.end()) co_return;
    if (!page) {
      counters_.read_failed();
      found->second.repairing = false;  // The next head check tries again.
      co_return;
    }
    go_on = take_page(found->second, *page, after);
  }
  if (const auto found = rooms_.find(room_id); found != rooms_.end()) {
    found->second.repairing = false;
  }
}

/// Whether there is more to read.
bool Hub::take_page(Slot& slot, const LogPage& page, std::uint64_t asked_after) {
  auto& stream = *slot.stream;
  bool replaced = page.head.epoch != stream.last().epoch || page.head.seq < asked_after;
  for (const auto& entry : page.entries) {
    if (replaced) break;
    replaced = stream.take(std::make_shared<Entry>(entry)) == StreamState::forked;
  }
  if (!replaced && page.head.seq == stream.last().seq) {
    replaced = stream.compare(page.head) == StreamState::forked;
  }
  if (replaced) {
    stream.reset(page.head);
    return false;
  }
  return page.more && stream.last().seq > asked_after;
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
    if (slot.stream && !slot.repairing) ids.push_back(id);
  }
  const auto heads = co_await read_heads(std::move(ids));
  if (!heads) {
    counters_.read_failed();
    co_return;
  }
  for (const auto& head : *heads) {
    const auto found = rooms_.find(head.room_id);
    if (found == rooms_.end() || !found->second.stream) continue;
    // Behind us: it was read before what we have heard since.
    const auto& last = found->second.stream->last();
    if (head.position.epoch == last.epoch && head.position.seq < last.seq) continue;
    settle(found->second, found->second.stream->compare(head.position));
  }
}

void Hub::drop_idle() {
  for (auto at = rooms_.begin(); at != rooms_.end();) {
    auto& slot = at->second;
    const bool idle = slot.stream && slot.stream->empty() && slot.pins == 0 && !slot.repairing;
    slot.idle_ticks = idle ? slot.idle_ticks + 1 : 0;
    if (slot.idle_ticks < kIdleTicks) {
      ++at;
      continue;
    }
    feed_.unfollow_room(at->first);
    at = rooms_.erase(at);
  }
}

}  // namespace confab::gateway
