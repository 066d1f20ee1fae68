#include "gateway/domain/recent_rooms.hpp"

#include <algorithm>
#include <utility>

namespace confab::gateway {

void RecentRooms::remember(std::int64_t user_id, List rooms) {
  const auto until = loop_.now() + kKept;
  lists_[user_id] = {std::move(rooms), until};
  order_.emplace_back(until, user_id);
  while (order_.size() > kMaxUsers) {
    const auto [due, oldest] = order_.front();
    order_.pop_front();
    const auto found = lists_.find(oldest);
    if (found != lists_.end() && found->second.until == due) lists_.erase(found);
  }
}

std::optional<RecentRooms::List> RecentRooms::take(std::int64_t user_id) {
  const auto found = lists_.find(user_id);
  if (found == lists_.end()) return std::nullopt;
  auto waiting = std::move(found->second);
  lists_.erase(found);
  if (waiting.until <= loop_.now()) return std::nullopt;
  return std::move(waiting.rooms);
}

void RecentRooms::on_notice(const UserNotice& notice) {
  const auto found = lists_.find(notice.user_id);
  if (found == lists_.end()) return;
  auto& rooms = found->second.rooms;
  std::erase_if(
      rooms, [&](const Entry& entry) { return entry.card->room.room_id == notice.room.room_id; });
  if (!notice.added) return;
  Entry added;
  added.card = std::make_shared<const RoomCard>(RoomCard{notice.room, notice.json});
  added.as_of.epoch = notice.epoch;
  added.as_of.seq = notice.seq;
  rooms.insert(rooms.begin(), std::move(added));  // The latest joined first, as the store lists.
}

void RecentRooms::clear() {
  lists_.clear();
  order_.clear();
}

void RecentRooms::sweep() {
  const auto now = loop_.now();
  while (!order_.empty() && order_.front().first <= now) {
    const auto [due, user_id] = order_.front();
    order_.pop_front();
    const auto found = lists_.find(user_id);
    if (found != lists_.end() && found->second.until == due) lists_.erase(found);
  }
}

}  // namespace confab::gateway
