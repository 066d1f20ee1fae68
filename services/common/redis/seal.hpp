#pragma once

#include <string>
#include <string_view>

namespace confab::redis {

/// What programs tell each other through Redis rests in the memory of another one, and anybody may
/// publish to a channel. So it ends with a checksum: the field 15, a fixed32, of the messages of
/// event.proto, behind all others, over the bytes before it.

/// Appends it to a message that has none.
void seal(std::string& payload);

/// Whether the payload ends with its checksum.
[[nodiscard]] bool is_sealed(std::string_view payload);

/// Parses the payload; false when it is not what was published. Stores of before there were
/// checksums have none; what they publish has no fields either that this program does not know.
template <typename Message>
[[nodiscard]] bool parse_sealed(std::string_view payload, Message& message) {
  if (!message.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return false;
  if (message.has_checksum()) return is_sealed(payload);
  return message.GetReflection()->GetUnknownFields(message).empty();
}

}  // namespace confab::redis
