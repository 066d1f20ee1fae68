#include "gateway/resilience_parts.hpp"

#include "common/runtime/memory.hpp"

namespace confab::gateway {

Intake::Options intake_options(const GatewayConfig& config, ResilienceMetrics& metrics) {
  Intake::Options options;
  const auto loops = config.loop_count();
  options.most = (config.resilience.max_joins + loops - 1) / loops;
  options.refused = [&metrics](std::string_view reason) {
    auto& counter = reason == "memory" ? metrics.refused_for_memory
                    : reason == "lag"  ? metrics.refused_for_lag
                                       : metrics.refused_for_joins;
    counter.Increment();
  };
  return options;
}

MemoryGuard::Options memory_options(const GatewayConfig& config, ResilienceMetrics& metrics) {
  MemoryGuard::Options options;
  options.limit = config.resilience.memory_limit;
  if (options.limit == 0) options.limit = runtime::control_group_limit();
  options.loops = config.loop_count();
  options.cut_off = [&metrics] { metrics.cut_off_for_memory.Increment(); };
  return options;
}

}  // namespace confab::gateway
