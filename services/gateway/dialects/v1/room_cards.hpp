#pragma once

#include <unordered_map>

#include "gateway/domain/recent_rooms.hpp"

namespace confab::gateway::dialects {

/// Makes one card of a room for all of its members here.
class RoomCards {
 public:
  [[nodiscard]] RoomCardPtr card(const RoomRef& room, std::string json);

 private:
  void purge();

  std::unordered_map<std::uint64_t, std::weak_ptr<const RoomCard>> cards_;
  std::size_t purge_at_ = 1024;  ///< Cards nobody has any more are dropped at this size.
};

}  // namespace confab::gateway::dialects
