#include "message_store/domain/room_rules.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"

namespace confab::message_store {
namespace {

// Room ids count milliseconds from 2024-01-01 so that they sort by time, and are positive in SQL,
// for 69 years.
constexpr std::int64_t kIdEpochMs = 1'704'067'200'000;

/// Code points of UTF-8 text.
std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

bool is_good_room_name(const std::string& name) {
  return name.find_first_not_of(" \t\r\n") != std::string::npos && is_utf8(name) &&
         characters(name) <= kMaxRoomNameCharacters && name.find('\0') == std::string::npos;
}

std::optional<RoomKind> parse_room_kind(const std::string& kind) {
  if (kind.empty() || kind == "private") return RoomKind::private_room;
  if (kind == "public") return RoomKind::public_room;
  return std::nullopt;
}

std::uint64_t make_room_id(std::chrono::system_clock::time_point now, std::uint64_t random) {
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return (static_cast<std::uint64_t>(ms - kIdEpochMs) << kRoomIdRandomBits) |
         (random & ((1ULL << kRoomIdRandomBits) - 1));
}

}  // namespace confab::message_store
