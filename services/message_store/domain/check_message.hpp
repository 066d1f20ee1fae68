#pragma once

#include "common/base/result.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// The limits of a message (docs/protocol.md, "Limits").
inline constexpr std::size_t kMaxTextBytes = 16 * 1024;
inline constexpr std::size_t kMaxAttributesBytes = 8 * 1024;
inline constexpr std::size_t kMaxClientMsgIdBytes = 64;
inline constexpr std::size_t kMaxMentions = 50;

/// Nothing but white space.
[[nodiscard]] bool is_blank(const std::string& text);

/// invalid_argument, empty_text, text_too_long or payload_too_large.
[[nodiscard]] Result<> check_message(const NewMessage& message);

}  // namespace confab::message_store
