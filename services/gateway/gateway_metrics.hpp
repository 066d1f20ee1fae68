#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/metrics/metrics.hpp"

namespace confab::gateway {

/// Everything an event loop of the gateway counts. Series are looked up once, here; Node hands them
/// to the parts. Each loop has its own, so that none waits for another's.
struct GatewayMetrics {
  /// The label "loop" of `registry` tells the event loop.
  explicit GatewayMetrics(const metrics::Target& registry);

  /// A client came back with a ticket.
  void count_ticket(std::string_view result) {
    if (const auto found = tickets.find(result); found != tickets.end()) found->second->Increment();
  }

  /// A limit has refused a client something.
  void count_limited(ErrorCode code) {
    auto* const counter = limited[static_cast<std::size_t>(code)];
    if (counter != nullptr) counter->Increment();
  }
  /// A client came back and named the session it had.
  void count_return(std::string_view result) {
    if (const auto found = returns.find(result); found != returns.end()) found->second->Increment();
  }

  /// Of one transport ("polling", "websocket") and Engine.IO version ("3", "4").
  struct OpenSessions {
    prometheus::Gauge& v3;
    prometheus::Gauge& v4;

    [[nodiscard]] double sum() const { return v3.Value() + v4.Value(); }
  };
  OpenSessions polling_sessions;
  OpenSessions websocket_sessions;
  prometheus::Gauge& plain_sessions;
  prometheus::Gauge& plain_strangers;
  prometheus::Gauge& users_connected;
  prometheus::Gauge& active_rooms;
  prometheus::Gauge& redis_up;
  prometheus::Gauge& auth_up;
  prometheus::Counter& payloads_refused;
  prometheus::Counter& streams_broken;
  prometheus::Counter& outbox_overflows;
  prometheus::Counter& slow_readers;
  prometheus::Counter& received_bytes;
  prometheus::Counter& sent_bytes;
  prometheus::Counter& sends;
  prometheus::Counter& entries;
  prometheus::Counter& gaps;
  prometheus::Counter& forks;
  prometheus::Counter& reads_failed;
  prometheus::Gauge& presence_up;
  prometheus::Gauge& watchers;
  prometheus::Counter& typing_published;
  prometheus::Counter& typing_gathered;
  prometheus::Counter& typing_refused;
  prometheus::Counter& presence_read;
  prometheus::Counter& presence_reads_failed;
  prometheus::Counter& presence_events;
  prometheus::Counter& task_failures;
  prometheus::Counter& moved_connections;
  prometheus::Counter& requests_forwarded;
  prometheus::Counter& requests_lost;
  prometheus::Counter& upgrades_forwarded;
  prometheus::Counter& upgrades_lost;
  prometheus::Gauge& relayed_sockets;
  prometheus::Gauge& guests;
  prometheus::Gauge& cut_sessions;
  std::map<std::string, prometheus::Counter*, std::less<>> refused;
  std::map<std::string, prometheus::Counter*, std::less<>> tickets;
  std::map<std::string, prometheus::Counter*, std::less<>> returns;
  std::map<std::string, prometheus::Counter*, std::less<>> plain_refused;
  std::vector<prometheus::Counter*> limited;  ///< By ErrorCode; null for what is no limit.
};

/// What one dialect of a replaced app counts on one event loop.
struct DialectMetrics {
  /// The label "loop" of `registry` tells the event loop.
  DialectMetrics(const metrics::Target& registry, const std::string& dialect);

  prometheus::Counter& requests;
  prometheus::Gauge& socketio_connections;
  prometheus::Gauge& tcp_connections;
};

}  // namespace confab::gateway
