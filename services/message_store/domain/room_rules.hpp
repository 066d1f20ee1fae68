#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "message_store/domain/types.hpp"

namespace confab::message_store {

inline constexpr std::size_t kMaxRoomNameCharacters = 100;
inline constexpr std::size_t kMaxTopicCharacters = 250;
inline constexpr std::size_t kMaxPictureBytes = 1000;
inline constexpr std::size_t kGidLength = 8;
/// Random bits at the low end of a room id.
inline constexpr int kRoomIdRandomBits = 22;

// What is told to who gives something else.
inline constexpr auto kBadRoomName = "a room's name must have 1 to 100 characters";
inline constexpr auto kBadRoomKind = "a room's kind must be \"private\" or \"public\"";
inline constexpr auto kBadTopic = "a room's topic must have at most 250 characters";
inline constexpr auto kBadPicture = "a room's picture must be an http or https URL";
inline constexpr auto kBadRole = "a role must be \"owner\", \"admin\", \"member\" or \"read-only\"";

/// 1 to kMaxRoomNameCharacters characters, not blank.
[[nodiscard]] bool is_good_room_name(const std::string& name);

/// At most kMaxTopicCharacters characters.
[[nodiscard]] bool is_good_topic(const std::string& topic);

/// Empty, or an http or https URL of at most kMaxPictureBytes bytes.
[[nodiscard]] bool is_good_picture(const std::string& url);

/// "owner", "admin", "member" (also by "") or "read-only".
[[nodiscard]] std::optional<Role> parse_role(const std::string& role);

/// Letters that people can tell apart and type, by chance: kGidLength of them.
[[nodiscard]] std::string make_letters(std::uint64_t random);

/// What a client may ask for: "private" (also by ""), "public".
[[nodiscard]] std::optional<RoomKind> parse_room_kind(const std::string& kind);

/// A room id of that time: it sorts by time and is positive in SQL. The low bits of `random` count.
[[nodiscard]] std::uint64_t make_room_id(std::chrono::system_clock::time_point now,
                                         std::uint64_t random);

}  // namespace confab::message_store
