#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <tuple>

#include "gateway/domain/types.hpp"

namespace confab::gateway {

/// Pages that the store gave a moment ago, for those who ask for the same while nothing has been
/// added to the room: after a start all members ask for the newest page, and the latest entries in
/// memory have none of it yet. Bounded; the oldest goes. Event loop only.
class KeptPages {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Page = std::shared_ptr<const LogPage>;

  /// Names in them may have changed since, of which no entry tells; the store knows within as much.
  static constexpr std::chrono::seconds kKept{2};
  static constexpr std::size_t kMaxBytes = 4UL << 20;

  /// A page of a room's log.
  struct Key {
    std::uint64_t room_id = 0;
    LogRange range{};

    [[nodiscard]] auto tie() const {
      return std::tie(room_id, range.after, range.before, range.limit, range.folded);
    }
    [[nodiscard]] bool operator<(const Key& other) const { return tie() < other.tie(); }
  };

  /// No key of the room comes before it.
  [[nodiscard]] static Key first_of(std::uint64_t room_id) {
    return {room_id, {std::nullopt, std::nullopt, 0, false}};
  }

  void keep(const Key& key, Page page, Time now);
  /// Null when it is not kept. Whether its head is still the room's is the caller's to see.
  [[nodiscard]] Page find(const Key& key, Time now);
  /// Those of a room.
  void forget(std::uint64_t room_id);
  /// Drops what was kept for long enough; find() and keep() do that as well.
  void sweep(Time now);

  /// About what they take.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Kept {
    Key key;
    Page page;
    std::size_t bytes = 0;
    Time until;
  };
  using Order = std::list<Kept>;

  void drop(Order::iterator kept);

  Order order_;  ///< The latest in front.
  std::map<Key, Order::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace confab::gateway
