#include "gateway/net/deadline_wheel.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace confab::gateway {
namespace {

using Ticks = std::chrono::duration<std::int64_t, std::centi>;

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kNearTicks = 256;
/// Deadlines of long waits share ticks, so that many of them are one wake-up.
constexpr std::int64_t kGrainDivisor = 64;
constexpr std::int64_t kMaxGrain = 8;
/// Later deadlines are taken for this one.
constexpr std::chrono::hours kFarthest{24 * 365 * 10};

constexpr std::size_t slot_of(std::int64_t index) { return static_cast<std::size_t>(index) % 256; }

}  // namespace

DeadlineEntry::~DeadlineEntry() {
  if (wheel_ != nullptr) wheel_->cancel(*this);
}

DeadlineWheel::DeadlineWheel(boost::asio::io_context& io, Now clock)
    : now_(clock), start_(clock()), timer_(io), armed_(kNever) {}

DeadlineWheel::~DeadlineWheel() {
  for (auto* ring : {&near_, &far_}) {
    for (auto* head : ring->slots) {
      for (auto* entry = head; entry != nullptr; entry = entry->next_) entry->wheel_ = nullptr;
    }
  }
}

void DeadlineWheel::set(DeadlineEntry& entry, TimePoint deadline) {
  const auto now = tick_of(now_());
  // Nothing stands between, so what is linked now may go where the clock is.
  if (!firing_ && armed_ > now) current_ = std::max(current_, now);
  entry.due_ = due_tick(deadline, now);
  if (entry.wheel_ != nullptr) {
    if (entry.due_ >= entry.visit_) return;  // Its slot is looked at in time.
    unlink(entry);
  }
  link(entry);
  arm();
}

void DeadlineWheel::cancel(DeadlineEntry& entry) {
  if (entry.wheel_ == nullptr) return;
  unlink(entry);
  if (count_ > 0) return;
  near_.used = {};
  far_.used = {};
  arm();
}

void DeadlineWheel::fire_due(TimePoint now) {
  const auto target = tick_of(now);
  firing_ = true;
  for (auto next = next_visit(); next <= target; next = next_visit()) {
    current_ = next;
    if (next % kNearTicks == 0) visit(far_, next / kNearTicks);
    visit(near_, next);
  }
  current_ = std::max(current_, target);
  firing_ = false;
  arm();
}

std::int64_t DeadlineWheel::tick_of(TimePoint time) const {
  return std::chrono::floor<Ticks>(time - start_).count();
}

/// Rounded up twice, to a tick and to the grain of the wait: never early.
std::int64_t DeadlineWheel::due_tick(TimePoint deadline, std::int64_t now) const {
  const auto after = std::min<Clock::duration>(deadline - start_, kFarthest);
  const auto due = std::max(std::chrono::ceil<Ticks>(after).count(), now);
  const auto grain = std::bit_floor(static_cast<std::uint64_t>(
      std::clamp<std::int64_t>((due - now) / kGrainDivisor, 1, kMaxGrain)));
  const auto step = static_cast<std::int64_t>(grain);
  return (due + step - 1) / step * step;
}

/// The tick of the next slot that may hold something; kNever if there is none.
std::int64_t DeadlineWheel::next_visit() const {
  if (count_ == 0) return kNever;
  const auto near_steps = near_.steps_to_next(current_ + 1);
  const auto far_steps = far_.steps_to_next(current_ / kNearTicks + 1);
  const auto near_tick = near_steps < 0 ? kNever : current_ + 1 + near_steps;
  const auto far_tick =
      far_steps < 0 ? kNever : (current_ / kNearTicks + 1 + far_steps) * kNearTicks;
  return std::min(near_tick, far_tick);
}

void DeadlineWheel::link(DeadlineEntry& entry) {
  const auto tick = std::max(entry.due_, current_ + 1);
  auto index = tick;
  entry.visit_ = tick;
  auto* ring = &near_;
  if (tick - current_ >= kNearTicks) {
    // What is farther than the ring reaches is looked at and linked again at its end.
    index = std::min(tick / kNearTicks, current_ / kNearTicks + kNearTicks - 1);
    entry.visit_ = index * kNearTicks;
    ring = &far_;
  }
  const auto slot = slot_of(index);
  auto*& head = ring->slots[slot];
  entry.next_ = head;
  if (head != nullptr) head->link_ = &entry.next_;
  entry.link_ = &head;
  head = &entry;
  ring->used[slot / 64] |= std::uint64_t{1} << (slot % 64);
  entry.wheel_ = this;
  ++count_;
}

void DeadlineWheel::unlink(DeadlineEntry& entry) {
  *entry.link_ = entry.next_;
  if (entry.next_ != nullptr) entry.next_->link_ = entry.link_;
  entry.next_ = nullptr;
  entry.wheel_ = nullptr;
  --count_;
}

/// Fires what is due in a slot, and links again what was pushed back or belongs to a finer slot.
void DeadlineWheel::visit(Ring& ring, std::int64_t index) {
  const auto slot = slot_of(index);
  ring.used[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
  // Each entry leaves the list before it is called, which may take others off it.
  DeadlineEntry* list = std::exchange(ring.slots[slot], nullptr);
  if (list != nullptr) list->link_ = &list;
  while (list != nullptr) {
    auto& entry = *list;
    unlink(entry);
    if (entry.due_ > current_) {
      link(entry);
    } else {
      entry.on_deadline();
    }
  }
}

void DeadlineWheel::arm() {
  if (firing_) return;
  const auto next = next_visit();
  if (next == armed_) return;
  armed_ = next;
  if (next == kNever) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(start_ + Ticks(next));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_ = kNever;
    fire_due(now_());
  });
}

/// How many slots after the one of `from` the next used one is; -1 if none is.
std::int64_t DeadlineWheel::Ring::steps_to_next(std::int64_t from) const {
  const auto first = slot_of(from);
  for (std::size_t i = 0; i <= used.size(); ++i) {
    const auto word = (first / 64 + i) % used.size();
    auto bits = used[word];
    if (i == 0) bits &= ~std::uint64_t{0} << (first % 64);
    if (bits == 0) continue;
    const auto slot = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
    return static_cast<std::int64_t>((slot + kSlots - first) % kSlots);
  }
  return -1;
}

}  // namespace confab::gateway
