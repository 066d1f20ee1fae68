#include "gateway/resilience_metrics.hpp"

namespace confab::gateway {
namespace {

constexpr auto kJoins = "Clients being let in, and waiting in line for that";
constexpr auto kShed =
    "Clients told to come back later because too many came at once, memory was short or the event "
    "loop late, and those cut off for memory because they read too slowly";

}  // namespace

ResilienceMetrics::ResilienceMetrics(const metrics::Target& registry)
    : draining(metrics::gauge(registry, "confab_gateway_draining",
                              "1 while clients are sent to other gateways")),
      redis_deaf(metrics::gauge(registry, "confab_gateway_redis_deaf",
                                "Redis servers through which no message of its own has come for "
                                "10 s; events come by comparing heads then")),
      joins_under_way(
          metrics::gauge(registry, "confab_gateway_joins", kJoins, {{"state", "under_way"}})),
      joins_waiting(
          metrics::gauge(registry, "confab_gateway_joins", kJoins, {{"state", "waiting"}})),
      refused_for_joins(
          metrics::counter(registry, "confab_gateway_shed_total", kShed, {{"reason", "joins"}})),
      refused_for_memory(
          metrics::counter(registry, "confab_gateway_shed_total", kShed, {{"reason", "memory"}})),
      refused_for_lag(
          metrics::counter(registry, "confab_gateway_shed_total", kShed, {{"reason", "lag"}})),
      cut_off_for_memory(
          metrics::counter(registry, "confab_gateway_shed_total", kShed, {{"reason", "slow"}})),
      memory_ratio(metrics::gauge(registry, "confab_gateway_memory_ratio",
                                  "Memory the process uses, as a part of its limit; 0 without "
                                  "a limit")),
      room_log_bytes(metrics::gauge(registry, "confab_gateway_room_log_bytes",
                                    "What the latest entries of all rooms take in memory")),
      stores_passed_over(metrics::gauge(registry, "confab_gateway_stores_passed_over",
                                        "Message-stores that left calls without an answer; they "
                                        "are tried once a second")),
      loop_lag(metrics::seconds(registry, "confab_gateway_loop_lag_seconds",
                                "How late a timer of the event loop was, four times a second")) {}

CallMetrics::CallMetrics(const metrics::Target& registry, const std::string& service)
    : under_way(metrics::gauge(registry, "confab_gateway_calls",
                               "Calls to other services without an answer yet",
                               {{"service", service}})),
      refused(metrics::counter(registry, "confab_gateway_calls_refused_total",
                               "Calls not made, because too many were without an answer",
                               {{"service", service}})) {}

}  // namespace confab::gateway
