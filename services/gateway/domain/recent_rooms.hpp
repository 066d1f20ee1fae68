#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// What clients are told of a room when they enter or leave it; one for all who are in it.
struct RoomCard {
  RoomRef room;
  std::string json;  ///< The object of `room.added` and `room.removed`.
};
using RoomCardPtr = std::shared_ptr<const RoomCard>;

/// The rooms of users who left a moment ago, so that those who come back, all of them at once as it
/// may be, cost the store no query. Notices keep a list true while it waits; when notices may have
/// been lost all lists are dropped. Event loop only.
class RecentRooms {
 public:
  /// How long a list waits for its user.
  static constexpr std::chrono::seconds kKept{60};
  static constexpr std::size_t kMaxUsers = 50'000;  ///< The oldest are dropped.

  struct Entry {
    RoomCardPtr card;
    Position as_of;  ///< Without its check. The user was in the room then.
  };
  using List = std::vector<Entry>;

  explicit RecentRooms(Loop& loop) : loop_(loop) {}

  /// All of the user's rooms, as they are now.
  void remember(std::int64_t user_id, List rooms);
  /// The list, once; nothing when there is none or it waited too long.
  [[nodiscard]] std::optional<List> take(std::int64_t user_id);

  void on_notice(const UserNotice& notice);
  /// Notices may have been lost.
  void clear();
  /// Drops what waited too long; to be called every few seconds.
  void sweep();

  [[nodiscard]] std::size_t size() const { return lists_.size(); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Waiting {
    List rooms;
    Time until;
  };

  Loop& loop_;
  std::unordered_map<std::int64_t, Waiting> lists_;
  std::deque<std::pair<Time, std::int64_t>> order_;  // By time; some have been taken since.
};

}  // namespace confab::gateway
