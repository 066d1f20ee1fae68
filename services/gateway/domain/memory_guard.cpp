#include "gateway/domain/memory_guard.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace confab::gateway {

MemoryGuard::MemoryGuard(SessionBook& book, Intake& intake, Options options)
    : book_(book), intake_(intake), options_(std::move(options)) {}

void MemoryGuard::look(Use use) {
  if (options_.limit == 0) return;
  const auto limit = static_cast<double>(options_.limit);
  const auto used = static_cast<double>(use.bytes);
  short_ = used >= limit * (short_ ? kRefuseUntil : kRefuse);
  intake_.set_memory_short(short_);
  const auto left = std::max(limit * kCut - used, 0.0);
  next_look_ =
      std::clamp(std::chrono::milliseconds(static_cast<std::int64_t>(left / kMostBytesPerMs)),
                 kOftenest, kSeldomest);
  const auto before = std::exchange(cut_at_, must_cut(use.bytes) ? use.bytes : 0);
  if (cut_at_ == 0) return;
  // What was cut off meanwhile is free, and may still be held in reserve: only what has come on top
  // is more than it was cut off for.
  const bool is_growth = before > 0 && !use.is_trimmed;
  const auto target = is_growth ? static_cast<double>(before) : limit * kCutTo;
  if (used > target) cut_off((used - target) / static_cast<double>(options_.loops), !is_growth);
}

bool MemoryGuard::must_cut(std::size_t resident) const {
  const auto limit = static_cast<double>(options_.limit);
  return options_.limit > 0 && static_cast<double>(resident) >= limit * kCut;
}

/// Those for whom most is kept, until that comes to so many bytes. `count_ending`: what is cut off
/// already and not gone yet counts as well, so that nobody else leaves for it.
void MemoryGuard::cut_off(double bytes, bool count_ending) {
  std::vector<std::pair<std::size_t, std::shared_ptr<Session>>> slow;
  for (auto& session : book_.all()) {
    const auto kept = session->outbox_bytes();
    if (kept >= kLeastOutbox) slow.emplace_back(kept, std::move(session));
  }
  std::sort(slow.begin(), slow.end(),
            [](const auto& one, const auto& other) { return one.first > other.first; });
  for (const auto& [kept, session] : slow) {
    if (bytes <= 0) return;
    const bool is_ending = session->ending();
    if (!is_ending || count_ending) bytes -= static_cast<double>(kept);
    if (is_ending) continue;
    session->end(EndReason::slow);
    options_.cut_off();
  }
}

}  // namespace confab::gateway
