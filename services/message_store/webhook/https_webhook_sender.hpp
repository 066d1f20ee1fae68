#pragma once

#include <memory>

#include "common/base/clock.hpp"
#include "message_store/domain/webhook.hpp"
#include "message_store/webhook/https_client.hpp"

namespace confab::message_store {

/// Signs and posts to one endpoint (docs/webhooks.md). Thread-safe; never blocks.
class HttpsWebhookSender final : public WebhookSender {
 public:
  /// invalid_argument when the endpoint's CA file is none.
  [[nodiscard]] static Result<std::unique_ptr<HttpsWebhookSender>> make(
      const WebhookEndpoint& endpoint, const Clock& clock);

  void send(WebhookDelivery delivery, Done done) override;

 private:
  HttpsWebhookSender(std::vector<std::string> keys, const Clock& clock,
                     std::unique_ptr<HttpsClient> client)
      : keys_(std::move(keys)), clock_(clock), client_(std::move(client)) {}

  const std::vector<std::string> keys_;
  const Clock& clock_;
  std::unique_ptr<HttpsClient> client_;
};

/// What an HTTP answer means: 2xx delivered, 410 gone, all else to be tried again.
[[nodiscard]] WebhookAnswer judge(const HttpAnswer& answer,
                                  std::chrono::system_clock::time_point now);

/// A "Retry-After" header, in seconds or as a date; 0 for anything else and for what is past.
[[nodiscard]] std::chrono::milliseconds parse_retry_after(
    const std::string& header, std::chrono::system_clock::time_point now);

}  // namespace confab::message_store
