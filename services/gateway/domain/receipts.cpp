#include "gateway/domain/receipts.hpp"

namespace confab::gateway {
namespace {

EventPtr read_event(std::string json) {
  return std::make_shared<LiveEvent>("read", std::move(json));
}

}  // namespace

void Receipts::on_receipt(Receipt receipt) {
  const auto listeners = hub_.listeners(receipt.room_id);
  if (listeners == 0) return;
  const bool is_small = listeners <= kSmallRoom;
  // Where the window is long a user's other devices do not wait for it.
  if (!is_small) hub_.tell(receipt.room_id, {read_event(receipt.json)}, receipt.user_id);
  if (listeners > kLargeRoom) return;
  const auto room_id = receipt.room_id;
  const auto [room, is_new] = rooms_.try_emplace(room_id);
  auto& waiting = room->second;
  const auto known = waiting.find(receipt.user_id);
  if (known != waiting.end()) {
    if (known->second.seq < receipt.seq) known->second = std::move(receipt);
  } else if (waiting.size() < kMaxWaiting) {
    waiting.emplace(receipt.user_id, std::move(receipt));
  }
  if (!is_new) return;
  const auto window = is_small ? kShortWindow : kLongWindow;
  loop_.spawn([this, room_id, window] { return tell_later(room_id, window); });
}

Task<> Receipts::tell_later(std::uint64_t room_id, std::chrono::milliseconds window) {
  for (bool more = true; more;) {
    co_await loop_.sleep(window);
    more = tell(room_id);
  }
}

bool Receipts::tell(std::uint64_t room_id) {
  auto& waiting = rooms_[room_id];
  std::vector<EventPtr> events;
  while (!waiting.empty() && events.size() < kMaxAtOnce) {
    events.push_back(read_event(std::move(waiting.begin()->second.json)));
    waiting.erase(waiting.begin());
  }
  hub_.tell(room_id, std::move(events), std::nullopt);
  if (!waiting.empty()) return true;
  rooms_.erase(room_id);
  return false;
}

}  // namespace confab::gateway
