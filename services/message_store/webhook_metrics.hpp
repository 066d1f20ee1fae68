#pragma once

#include "common/metrics/metrics.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// What is counted of one webhook endpoint.
struct WebhookMetrics {
  using Registry = prometheus::Registry;

  WebhookMetrics(Registry& registry, const std::string& endpoint)
      : held(metrics::gauge(registry, "confab_message_store_webhook_held",
                            "1 on the replica that delivers to the endpoint", of(endpoint))),
        failing(metrics::gauge(registry, "confab_message_store_webhook_failing",
                               "1 while requests to the endpoint fail, 2 after it answered 410",
                               of(endpoint))),
        events(metrics::counter(registry, "confab_message_store_webhook_events_total",
                                "Events that the endpoint took", of(endpoint))),
        delivered(metrics::counter(registry, "confab_message_store_webhook_requests_total",
                                   "Requests to webhook endpoints",
                                   {{"endpoint", endpoint}, {"result", "delivered"}})),
        failed(metrics::counter(registry, "confab_message_store_webhook_requests_total",
                                "Requests to webhook endpoints",
                                {{"endpoint", endpoint}, {"result", "failed"}})),
        behind_entries(metrics::gauge(registry, "confab_message_store_webhook_behind_entries",
                                      "Entries known not to be delivered", of(endpoint))),
        behind_seconds(metrics::gauge(registry, "confab_message_store_webhook_behind_seconds",
                                      "Age of the oldest entry known not to be delivered",
                                      of(endpoint))) {}

  prometheus::Gauge& held;
  prometheus::Gauge& failing;
  prometheus::Counter& events;
  prometheus::Counter& delivered;
  prometheus::Counter& failed;
  prometheus::Gauge& behind_entries;
  prometheus::Gauge& behind_seconds;

 private:
  static metrics::Labels of(const std::string& endpoint) { return {{"endpoint", endpoint}}; }
};

}  // namespace confab::message_store
