#pragma once

#include "common/base/result.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// docs/protocol.md, "Limits".
inline constexpr std::size_t kMaxClientMsgIdBytes = 64;

/// Nothing but white space.
[[nodiscard]] bool is_blank(const std::string& text);

/// invalid_argument, empty_text, text_too_long, payload_too_large or too_many_mentions.
[[nodiscard]] Result<> check_message(const NewMessage& message, const StoreLimits& limits = {});

}  // namespace confab::message_store
