#pragma once

#include "common/metrics/metrics.hpp"
#include "message_store/domain/room_lanes.hpp"
#include "message_store/domain/search_indexer.hpp"

namespace confab::message_store {

/// Everything the message-store counts.
struct MessageStoreMetrics {
  explicit MessageStoreMetrics(prometheus::Registry& registry)
      : batch_messages(metrics::sizes(registry, "confab_message_store_batch_messages",
                                      "Messages in one transaction")),
        batch_rooms(metrics::sizes(registry, "confab_message_store_batch_rooms",
                                   "Rooms in one transaction of messages")),
        append_seconds(metrics::seconds(registry, "confab_message_store_append_seconds",
                                        "Time of one transaction of messages")),
        append_failures(metrics::counter(registry, "confab_message_store_append_failures_total",
                                         "Transactions of messages that failed as a whole")),
        queued(metrics::gauge(registry, "confab_message_store_queued",
                              "Messages and changes of members without a result")),
        stored(metrics::counter(registry, "confab_message_store_entries_stored_total",
                                "Messages committed, repeats not counted")),
        publish_dropped(
            metrics::counter(registry, "confab_message_store_publish_dropped_total",
                             "Events not handed to Redis: it or PostgreSQL is down or too slow")),
        redis_up(metrics::gauge(registry, "confab_message_store_redis_up",
                                "1 while the last Redis server that changed state is connected")),
        search_waiting(metrics::gauge(registry, "confab_message_store_search_rooms_waiting",
                                      "Rooms with entries that are not in the search index yet")),
        search_lag(metrics::gauge(registry, "confab_message_store_search_lag_seconds",
                                  "How long the longest waiting of them is")),
        search_indexed(metrics::counter(registry, "confab_message_store_search_entries_total",
                                        "Entries looked at for the search index")),
        search_failures(metrics::counter(registry, "confab_message_store_search_failures_total",
                                         "Steps of the search indexer that failed")),
        search_failing(metrics::gauge(registry, "confab_message_store_search_rooms_failing",
                                      "Rooms that fail when they alone are taken into the index")),
        pages_read(metrics::counter(registry, "confab_message_store_pages_read_total",
                                    "Pages of rooms' logs read from PostgreSQL")),
        unreadable(metrics::counter(registry, "confab_message_store_unreadable_entries_total",
                                    "Entries read whose bodies no store has written")),
        erasure_failures(metrics::counter(
            registry, "confab_message_store_erasure_failures_total",
            "Steps of leaving rooms and redacting messages for deleted accounts that failed")) {}

  void count(const SearchIndexer::Report& report) {
    search_failing.Set(static_cast<double>(report.failing));
    search_waiting.Set(static_cast<double>(report.waiting));
    search_lag.Set(std::chrono::duration<double>(report.lag).count());
    search_indexed.Increment(static_cast<double>(report.entries));
    if (report.failure) search_failures.Increment();
  }

  void count(const BatchReport& report) {
    batch_messages.Observe(static_cast<double>(report.messages));
    batch_rooms.Observe(static_cast<double>(report.rooms));
    queued.Set(static_cast<double>(report.queued));
    append_seconds.Observe(std::chrono::duration<double>(report.took).count());
    if (report.failed) append_failures.Increment();
  }

  prometheus::Histogram& batch_messages;
  prometheus::Histogram& batch_rooms;
  prometheus::Histogram& append_seconds;
  prometheus::Counter& append_failures;
  prometheus::Gauge& queued;
  prometheus::Counter& stored;
  prometheus::Counter& publish_dropped;
  prometheus::Gauge& redis_up;
  prometheus::Gauge& search_waiting;
  prometheus::Gauge& search_lag;
  prometheus::Counter& search_indexed;
  prometheus::Counter& search_failures;
  prometheus::Gauge& search_failing;
  prometheus::Counter& pages_read;
  prometheus::Counter& unreadable;
  prometheus::Counter& erasure_failures;
};

}  // namespace confab::message_store
