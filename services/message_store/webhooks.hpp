#pragma once

#include <memory>
#include <vector>

#include "common/logging/logger.hpp"
#include "common/postgres/pool.hpp"
#include "common/redis/publisher.hpp"
#include "message_store/domain/people.hpp"
#include "message_store/domain/webhook_worker.hpp"
#include "message_store/webhook_metrics.hpp"

namespace confab::message_store {

/// Everything that delivers webhooks, put together; nothing at all when there is no endpoint.
class Webhooks {
 public:
  struct Settings {
    std::vector<WebhookEndpoint> endpoints;
    WebhookTimes times;
    postgres::PoolOptions pool;
    std::vector<redis::Address> redis;
  };
  struct Parts {
    Events& events;  ///< Gets all that events() gets.
    People& people;
    redis::Publisher& publisher;
    WebhookMetrics::Registry& metrics;
    logging::Logger& log;
  };

  /// Begins to deliver. invalid_argument when an endpoint's CA file is none. The parts outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Webhooks>> start(Settings settings, Parts parts);
  /// Waits a little for requests under way.
  ~Webhooks();

  /// Where what is committed is to be told, so that it is noticed here.
  [[nodiscard]] Events& events();

 private:
  struct Impl;
  Webhooks(std::unique_ptr<Impl> impl, Events& events);
  std::unique_ptr<Impl> impl_;  // Nothing when there is no endpoint.
  Events& events_;
};

}  // namespace confab::message_store
