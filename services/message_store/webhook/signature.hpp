#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace confab::message_store {

/// The "webhook-signature" header: for each key "v1," and the base64 of the HMAC-SHA256 of
/// "<id>.<seconds>.<body>", with spaces between.
[[nodiscard]] std::string webhook_signature(const std::vector<std::string>& keys,
                                            std::string_view id, std::int64_t seconds,
                                            std::string_view body);

}  // namespace confab::message_store
