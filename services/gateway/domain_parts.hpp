#pragma once

#include "gateway/domain/hub.hpp"
#include "gateway/domain/typing.hpp"
#include "gateway/domain/watching.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/gateway_metrics.hpp"

namespace confab::gateway {

// How parts of the domain are set up: out of the configuration, and counted in the metrics, which
// outlive them.

/// What is heard of rooms goes on to `watching`, too.
[[nodiscard]] HubCounters hub_counters(GatewayMetrics& metrics, Watching& watching,
                                       SessionBook& sessions);
[[nodiscard]] Typing::Counters typing_counters(GatewayMetrics& metrics);
[[nodiscard]] PresenceWatch::Options presence_options(const GatewayConfig& config);
[[nodiscard]] PresenceWatch::Counters presence_counters(GatewayMetrics& metrics);

}  // namespace confab::gateway
