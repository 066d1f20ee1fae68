#pragma once

#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// The end of a room's log as an append needs it.
struct KnownHead {
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::string gid;
  Uuid msg_id;  ///< At seq; all zero when the log is empty.

  [[nodiscard]] std::string check() const {
    return seq == 0 ? std::string() : std::string(msg_id.view().substr(0, kCheckBytes));
  }
};

/// Where the rooms' logs ended when this process last wrote to them. Only a guess: PostgreSQL
/// compares it under the room's lock. Thread-safe.
class KnownHeads {
 public:
  /// Rooms remembered; beyond, all are forgotten. About 150 bytes each.
  static constexpr std::size_t kMost = 100'000;

  /// One a room, or nothing unless all are known.
  [[nodiscard]] std::optional<std::vector<KnownHead>> find(
      std::span<const RoomDrafts> rooms) const {
    const std::lock_guard lock(mutex_);
    std::vector<KnownHead> found;
    found.reserve(rooms.size());
    for (const auto& room : rooms) {
      const auto known = by_room_.find(room.room_id);
      if (known == by_room_.end()) return std::nullopt;
      found.push_back(known->second);
    }
    return found;
  }

  void remember(std::uint64_t room_id, KnownHead head) {
    const std::lock_guard lock(mutex_);
    if (by_room_.size() >= kMost) by_room_.clear();
    by_room_[room_id] = std::move(head);
  }
  /// After an append to the room began with `head`.
  void remember(std::uint64_t room_id, KnownHead head, const AppendOutcome& outcome) {
    if (!outcome.stored.empty()) {
      const auto& last = outcome.stored.back();
      head.seq = last.seq;
      head.msg_id = last.msg_id;
    }
    remember(room_id, std::move(head));
  }
  void forget(std::uint64_t room_id) {
    const std::lock_guard lock(mutex_);
    by_room_.erase(room_id);
  }

 private:
  mutable std::mutex mutex_;  // Guards by_room_.
  std::unordered_map<std::uint64_t, KnownHead> by_room_;
};

}  // namespace confab::message_store
