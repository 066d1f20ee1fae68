#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// What is durable of webhooks, in chat.webhook_endpoints and chat.webhook_cursors. Thread-safe;
/// blocks.
class PgWebhooks final : public WebhookStore {
 public:
  explicit PgWebhooks(postgres::Pool& pool) : pool_(pool) {}

  [[nodiscard]] Result<bool> hold(const WebhookEndpoint& endpoint, const Uuid& token,
                                  std::chrono::milliseconds lease) override;
  [[nodiscard]] Result<> release(const WebhookEndpoint& endpoint, const Uuid& token) override;
  [[nodiscard]] Result<WebhookScan> scan(const WebhookEndpoint& endpoint, std::uint64_t after_room,
                                         std::size_t rooms) override;
  [[nodiscard]] Result<std::uint64_t> cursor(const WebhookEndpoint& endpoint,
                                             std::uint64_t room_id) override;
  [[nodiscard]] Result<bool> advance(const WebhookEndpoint& endpoint, const Uuid& token,
                                     std::span<const WebhookCursor> cursors) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace confab::message_store
