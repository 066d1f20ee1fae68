#pragma once

#include "gateway/domain/feed_canary.hpp"
#include "gateway/domain/intake.hpp"
#include "gateway/domain/memory_guard.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/resilience_metrics.hpp"

namespace confab::gateway {

// How the parts that shed and end are set up: out of the configuration, and counted in the metrics,
// which outlive them. Of limits for the whole process each loop gets its share.

[[nodiscard]] Intake::Options intake_options(const GatewayConfig& config,
                                             ResilienceMetrics& metrics);
/// The limit is the configured one, or else that of the process's control group.
[[nodiscard]] MemoryGuard::Options memory_options(const GatewayConfig& config,
                                                  ResilienceMetrics& metrics);

}  // namespace confab::gateway
