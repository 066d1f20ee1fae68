#include "gateway/domain/memory_guard.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace confab::gateway {

MemoryGuard::MemoryGuard(SessionBook& book, Intake& intake, Options options)
    : book_(book), intake_(intake), options_(std::move(options)) {}

void MemoryGuard::look(std::size_t resident) {
  if (options_.limit == 0) return;
  const auto limit = static_cast<double>(options_.limit);
  const auto used = static_cast<double>(resident);
  short_ = used >= limit * (short_ ? kRefuseUntil : kRefuse);
  intake_.set_memory_short(short_);
  if (!must_cut(resident)) return;
  cut_off((used - limit * kCutTo) / static_cast<double>(options_.loops));
}

bool MemoryGuard::must_cut(std::size_t resident) const {
  const auto limit = static_cast<double>(options_.limit);
  return options_.limit > 0 && static_cast<double>(resident) >= limit * kCut;
}

/// Those for whom most is kept, until that comes to so many bytes. What is cut off already and not
/// gone yet counts as well, so that nobody else leaves for it.
void MemoryGuard::cut_off(double bytes) {
  std::vector<std::pair<std::size_t, std::shared_ptr<Session>>> slow;
  for (auto& session : book_.all()) {
    const auto kept = session->outbox_bytes();
    if (kept >= kLeastOutbox) slow.emplace_back(kept, std::move(session));
  }
  std::sort(slow.begin(), slow.end(),
            [](const auto& one, const auto& other) { return one.first > other.first; });
  for (const auto& [kept, session] : slow) {
    if (bytes <= 0) return;
    bytes -= static_cast<double>(kept);
    if (session->ending()) continue;
    session->end(EndReason::slow);
    options_.cut_off();
  }
}

}  // namespace confab::gateway
