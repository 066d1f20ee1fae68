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

// Without 0, O, I and l, which people mix up when they type a gid.
constexpr std::string_view kLetters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

bool is_clean(const std::string& text) {
  return is_utf8(text) && text.find('\0') == std::string::npos;
}

}  // namespace

bool is_good_room_name(const std::string& name) {
  return name.find_first_not_of(" \t\r\n") != std::string::npos && is_clean(name) &&
         characters(name) <= kMaxRoomNameCharacters;
}

bool is_good_topic(const std::string& topic) {
  return is_clean(topic) && characters(topic) <= kMaxTopicCharacters;
}

bool is_good_picture(const std::string& url) {
  if (url.empty()) return true;
  const auto scheme = url.starts_with("https://") ? 8U : 7U;
  const bool is_web = url.starts_with("https://") || url.starts_with("http://");
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '\\'; };
  return is_web && url.size() > scheme && url.size() <= kMaxPictureBytes &&
         std::all_of(url.begin(), url.end(), is_plain);
}

std::optional<Role> parse_role(const std::string& role) {
  if (role.empty() || role == "member") return Role::member;
  if (role == "admin") return Role::admin;
  if (role == "owner") return Role::owner;
  if (role == "read-only") return Role::read_only;
  return std::nullopt;
}

std::string make_letters(std::uint64_t random) {
  std::string letters;
  for (std::size_t i = 0; i < kGidLength; ++i, random /= kLetters.size()) {
    letters += kLetters[random % kLetters.size()];
  }
  return letters;
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
