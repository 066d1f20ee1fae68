#pragma once

#include "common/metrics/metrics.hpp"

namespace confab::gateway {

/// What an event loop counts of how it ends and what it sheds; as GatewayMetrics.
struct ResilienceMetrics {
  explicit ResilienceMetrics(const metrics::Target& registry);

  prometheus::Gauge& draining;
  prometheus::Gauge& redis_deaf;
  prometheus::Gauge& joins_under_way;
  prometheus::Gauge& joins_waiting;
  prometheus::Counter& refused_for_joins;
  prometheus::Counter& refused_for_memory;
  prometheus::Counter& refused_for_lag;
  prometheus::Counter& cut_off_for_memory;
  prometheus::Gauge& memory_ratio;
  prometheus::Gauge& room_log_bytes;
  prometheus::Gauge& stores_passed_over;
  prometheus::Histogram& loop_lag;
};

/// What the process counts of its calls to one kind of service, on all event loops together.
struct CallMetrics {
  CallMetrics(const metrics::Target& registry, const std::string& service);

  prometheus::Gauge& under_way;
  prometheus::Counter& refused;
};

}  // namespace confab::gateway
