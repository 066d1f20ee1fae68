#include "gateway/domain/online_marks.hpp"

#include <algorithm>

namespace confab::gateway {

void OnlineMarks::came(std::int64_t user_id) {
  if (known_.insert(user_id).second) new_.push_back(user_id);
}

Task<> OnlineMarks::keep() {
  for (std::size_t turn = 0;; turn = (turn + 1) % kSlots) {
    renew(slots_[turn]);
    co_await loop_.sleep(refresh_ / kSlots);
  }
}

/// Those who came since join those whose turn it is, and so are renewed a whole `refresh` later.
void OnlineMarks::renew(Users& slot) {
  std::erase_if(slot, [this](std::int64_t user_id) {
    const bool gone = !sessions_.any_of(user_id, [](const Session&) { return true; });
    if (gone) known_.erase(user_id);
    return gone;
  });
  const auto count = static_cast<std::ptrdiff_t>(std::min(new_.size(), kMaxNew));
  slot.insert(slot.end(), new_.begin(), new_.begin() + count);
  new_.erase(new_.begin(), new_.begin() + count);
  if (slot.empty()) return;
  const auto now = clock_.now().time_since_epoch();
  board_.mark(slot, std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

}  // namespace confab::gateway
