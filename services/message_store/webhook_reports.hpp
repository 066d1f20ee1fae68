#pragma once

#include <string>

#include "common/logging/logger.hpp"
#include "message_store/webhook_metrics.hpp"

namespace confab::message_store {

/// What one endpoint's deliveries report, as metrics and log lines: the first failure, then one
/// every kReminder while it lasts, and its end. Neither bodies nor URLs, which may hold secrets.
class WebhookReports final : public WebhookObserver {
 public:
  static constexpr std::chrono::minutes kReminder{5};

  WebhookReports(std::string endpoint, WebhookMetrics::Registry& registry, logging::Logger& log)
      : endpoint_(std::move(endpoint)), metrics_(registry, endpoint_), log_(log) {}

  void held(bool now) override {
    metrics_.held.Set(now ? 1 : 0);
    metrics_.failing.Set(0);
    failures_ = 0;
    log_.info(now ? "webhook_held" : "webhook_left", {{"endpoint", endpoint_}});
  }

  void answered(const WebhookAnswer& answer, std::size_t events) override {
    if (answer.verdict == WebhookAnswer::Verdict::delivered) {
      metrics_.delivered.Increment();
      metrics_.events.Increment(static_cast<double>(events));
      metrics_.failing.Set(0);
      if (failures_ > 0) {
        log_.info("webhook_works_again", {{"endpoint", endpoint_}, {"failures", failures_}});
      }
      failures_ = 0;
      return;
    }
    metrics_.failed.Increment();
    ++failures_;
    if (answer.verdict == WebhookAnswer::Verdict::gone) {
      metrics_.failing.Set(2);
      log_.error("webhook_gone", {{"endpoint", endpoint_}, {"status", answer.status}});
      return;
    }
    metrics_.failing.Set(1);
    const auto now = std::chrono::steady_clock::now();
    if (failures_ > 1 && now - told_ < kReminder) return;
    told_ = now;
    log_.warning("webhook_fails", {{"endpoint", endpoint_},
                                   {"status", answer.status},
                                   {"why", answer.why},
                                   {"failures", failures_},
                                   {"behind_seconds", behind_seconds_}});
  }

  void behind(std::uint64_t entries, std::chrono::seconds time) override {
    metrics_.behind_entries.Set(static_cast<double>(entries));
    metrics_.behind_seconds.Set(static_cast<double>(time.count()));
    behind_seconds_ = time.count();
  }

  void stalled(const Error& why) override {
    log_.warning(
        "webhook_stalled",
        {{"endpoint", endpoint_}, {"code", error_traits(why.code).name}, {"why", why.message}});
  }

 private:
  const std::string endpoint_;
  WebhookMetrics metrics_;
  logging::Logger& log_;
  std::int64_t failures_ = 0;  // In a row.
  std::int64_t behind_seconds_ = 0;
  std::chrono::steady_clock::time_point told_;
};

}  // namespace confab::message_store
