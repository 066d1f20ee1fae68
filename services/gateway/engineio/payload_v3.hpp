#pragma once

// The two forms of version 3, for payload.cpp.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "gateway/engineio/payload.hpp"

namespace confab::gateway {

/// What stands before a packet, at most: its kind, 9 digits, the end of the length and a type.
inline constexpr std::size_t kMaxLengthBytes = 12;

/// Adds one packet of text; false when it is malformed.
[[nodiscard]] bool add_text(PolledPackets& polled, EngineVersion version, std::string_view text);

/// The UTF-16 units of valid UTF-8.
[[nodiscard]] std::size_t utf16_units(std::string_view text);

/// "6:4hello10:b4AQIDBA==", in valid UTF-8.
[[nodiscard]] std::optional<PolledPackets> parse_counted(std::string_view body);
[[nodiscard]] std::string encode_counted(std::span<const EnginePacket> packets);

[[nodiscard]] std::string encode_octets(std::span<const EnginePacket> packets);

}  // namespace confab::gateway
