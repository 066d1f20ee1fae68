#pragma once

#include "common/logging/logger.hpp"
#include "common/redis/publisher.hpp"
#include "message_store/message_store_metrics.hpp"

namespace confab::message_store {

/// What the parts of the service report, as metrics and log lines. Thread-safe.
class Reports {
 public:
  Reports(MessageStoreMetrics& metrics, logging::Logger& log) : metrics_(metrics), log_(log) {}

  void stored(std::size_t entries) { metrics_.stored.Increment(static_cast<double>(entries)); }

  [[nodiscard]] auto batches() {
    return [this](const BatchReport& report) { metrics_.count(report); };
  }

  [[nodiscard]] auto indexing() {
    return [this](const SearchIndexer::Report& report) {
      metrics_.count(report);
      if (report.failure) log_.warning("not_indexed", {{"why", report.failure->message}});
    };
  }
  void not_erased(const Error& error) {
    metrics_.erasure_failures.Increment();
    log_.warning("not_erased", {{"why", error.message}});
  }
  void names_not_followed(const Error& error) {
    log_.warning("names_not_followed", {{"why", error.message}});
  }

  /// Of failures only those are written that are not the caller's fault.
  [[nodiscard]] auto failures() {
    return [this](std::string_view method, const Error& error) {
      const auto traits = error_traits(error.code);
      if (traits.http_status < 500) return;
      log_.warning("call_failed",
                   {{"method", method}, {"code", traits.name}, {"why", error.message}});
    };
  }

  /// Gateways miss such entries for a moment, until they compare heads.
  [[nodiscard]] auto unpublished() {
    return [this](std::size_t entries, const Error& error) {
      metrics_.publish_dropped.Increment(static_cast<double>(entries));
      log_.warning("not_published", {{"entries", entries}, {"why", error.message}});
    };
  }

  /// Read again with each page that has it.
  [[nodiscard]] auto page_read() {
    return [this] { metrics_.pages_read.Increment(); };
  }
  [[nodiscard]] auto unreadable() {
    return [this](const Entry& entry) {
      metrics_.unreadable.Increment();
      log_.error("entry_unreadable", {{"gid", entry.gid}, {"seq", entry.seq}});
    };
  }

  [[nodiscard]] redis::Publisher::Events publisher() {
    return {.link =
                [this](std::string_view host, bool up, std::string_view why) {
                  metrics_.redis_up.Set(up ? 1 : 0);
                  log_.info("redis", {{"host", host}, {"up", up}, {"why", why}});
                },
            .dropped =
                [this](std::size_t count) {
                  metrics_.publish_dropped.Increment(static_cast<double>(count));
                }};
  }

 private:
  MessageStoreMetrics& metrics_;
  logging::Logger& log_;
};

}  // namespace confab::message_store
