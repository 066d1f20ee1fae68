#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "message_store/domain/types.hpp"

namespace confab::message_store {

inline constexpr std::size_t kMaxRoomNameCharacters = 100;
inline constexpr std::size_t kGidLength = 8;
/// Random bits at the low end of a room id.
inline constexpr int kRoomIdRandomBits = 22;

/// 1 to kMaxRoomNameCharacters characters, not blank.
[[nodiscard]] bool is_good_room_name(const std::string& name);

/// What a client may ask for: "private" (also by ""), "public".
[[nodiscard]] std::optional<RoomKind> parse_room_kind(const std::string& kind);

/// A room id of that time: it sorts by time and is positive in SQL. The low bits of `random` count.
[[nodiscard]] std::uint64_t make_room_id(std::chrono::system_clock::time_point now,
                                         std::uint64_t random);

}  // namespace confab::message_store
