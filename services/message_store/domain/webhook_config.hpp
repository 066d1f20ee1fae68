#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

inline constexpr std::size_t kMostWebhooks = 16;
inline constexpr std::size_t kMostWebhookRooms = 1000;

/// The content of a file; nothing when it cannot be read.
using ReadFile = std::function<std::optional<std::string>(const std::string& path)>;

/// The endpoints that --webhooks lists (docs/webhooks.md, "Configuration"); none for an empty text.
/// invalid_argument naming the endpoint and what is wrong, never a secret.
[[nodiscard]] Result<std::vector<WebhookEndpoint>> parse_webhooks(const std::string& json,
                                                                  const ReadFile& read_file);

/// "https://host[:port]/path?query"; invalid_argument otherwise.
[[nodiscard]] Result<WebhookUrl> parse_webhook_url(const std::string& url);

}  // namespace confab::message_store
