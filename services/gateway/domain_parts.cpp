#include "gateway/domain_parts.hpp"

namespace confab::gateway {

Typing::Counters typing_counters(GatewayMetrics& metrics) {
  Typing::Counters counters;
  counters.published = [&metrics] { metrics.typing_published.Increment(); };
  counters.gathered = [&metrics] { metrics.typing_gathered.Increment(); };
  counters.refused = [&metrics] { metrics.typing_refused.Increment(); };
  return counters;
}

PresenceWatch::Options presence_options(const GatewayConfig& config) {
  PresenceWatch::Options options;
  options.poll = config.presence_refresh / 6;
  options.online_for = config.presence_refresh * 5 / 2;
  return options;
}

PresenceWatch::Counters presence_counters(GatewayMetrics& metrics) {
  PresenceWatch::Counters counters;
  counters.read = [&metrics](std::size_t users) {
    metrics.presence_read.Increment(static_cast<double>(users));
  };
  counters.read_failed = [&metrics] { metrics.presence_reads_failed.Increment(); };
  counters.told = [&metrics](std::size_t watchers) {
    metrics.presence_events.Increment(static_cast<double>(watchers));
  };
  return counters;
}

HubCounters hub_counters(GatewayMetrics& metrics, Watching& watching, SessionBook& sessions) {
  HubCounters counters;
  counters.log_replaced = [&sessions] { sessions.look_again_soon(); };
  counters.heard = [&watching](std::uint64_t room_id, const std::vector<EntryPtr>& entries) {
    watching.on_entries(room_id, entries);
  };
  counters.gap_found = [&metrics] { metrics.gaps.Increment(); };
  counters.fork_found = [&metrics] { metrics.forks.Increment(); };
  counters.read_failed = [&metrics] { metrics.reads_failed.Increment(); };
  counters.entries_delivered = [&metrics](std::size_t count) {
    metrics.entries.Increment(static_cast<double>(count));
  };
  return counters;
}

}  // namespace confab::gateway
