#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/domain/types.hpp"

namespace confab::gateway::dialects {

/// The place of an entry among all rooms', as clients that wish for offsets are told it and send it
/// back. They look no further into it.
struct Offset {
  std::uint64_t room_id = 0;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
};

[[nodiscard]] std::string offset_of(const Entry& entry);
/// Nothing when it is none: clients send whatever text was last at an event's end.
[[nodiscard]] std::optional<Offset> parse_offset(std::string_view text);

/// A pid is a resume ticket and then the name of the session, if that may be come back to.
[[nodiscard]] std::string make_pid(std::string_view ticket, std::string_view session);
/// Whether it can be one: not too long, and made of what tickets and names are made of. Clients
/// send whatever they like, and one that comes back is told its pid again.
[[nodiscard]] bool is_pid(std::string_view text);
[[nodiscard]] std::string_view ticket_in(std::string_view pid);
[[nodiscard]] std::string_view session_in(std::string_view pid);

}  // namespace confab::gateway::dialects
