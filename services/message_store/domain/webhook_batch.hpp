#pragma once

#include <functional>
#include <optional>
#include <span>

#include "message_store/domain/ports.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// Entries as clients see them, one JSON object each.
using RenderEntries =
    std::function<Result<std::vector<std::string>>(std::span<const Entry> entries)>;

/// What of one room goes into one request.
struct WebhookBatch {
  std::uint64_t after = 0;    ///< Delivered before.
  std::uint64_t through = 0;  ///< The last entry dealt with; `after` when there is none.
  std::int64_t since_ms = 0;  ///< When that entry was stored.
  bool more = false;          ///< The log goes on.
  /// Nothing when no entry is for the endpoint.
  std::optional<WebhookDelivery> delivery;
};

/// Most entries of a request, and the bytes of JSON from which on it takes no further one.
inline constexpr std::uint32_t kWebhookEvents = 100;
inline constexpr std::size_t kWebhookBytes = 256 * 1024;

/// Reads and renders what follows `after`, up to `until` (0: no such end) and the limits. Blocks;
/// fails as RoomLog::read.
[[nodiscard]] Result<WebhookBatch> read_webhook_batch(const WebhookEndpoint& endpoint, RoomLog& log,
                                                      const RenderEntries& render,
                                                      std::uint64_t room_id, std::uint64_t after,
                                                      std::uint64_t until);

}  // namespace confab::message_store
