#include "gateway/gateway_metrics.hpp"

namespace confab::gateway {
namespace {

constexpr auto kTyping = "Commands \"typing\": published, said again too soon to be, or refused";
constexpr auto kForwarded =
    "For sessions of other gateways, which answered, or were away or too late";

GatewayMetrics::OpenSessions open_sessions(const metrics::Target& registry,
                                           const std::string& transport) {
  const auto of_version = [&](const std::string& version) -> prometheus::Gauge& {
    return metrics::gauge(registry, "confab_gateway_open_sessions", "Socket.IO sessions open now",
                          {{"transport", transport}, {"version", version}});
  };
  return {of_version("3"), of_version("4")};
}

}  // namespace

GatewayMetrics::GatewayMetrics(const metrics::Target& registry)
    : polling_sessions(open_sessions(registry, "polling")),
      websocket_sessions(open_sessions(registry, "websocket")),
      plain_sessions(metrics::gauge(registry, "confab_gateway_plain_connections",
                                    "Plain WebSockets open now", {{"state", "open"}})),
      plain_strangers(metrics::gauge(registry, "confab_gateway_plain_connections",
                                     "Plain WebSockets open now", {{"state", "unauthenticated"}})),
      users_connected(metrics::gauge(registry, "confab_gateway_authenticated_sessions",
                                     "Sessions with a verified token")),
      active_rooms(metrics::gauge(registry, "confab_gateway_active_rooms",
                                  "Rooms with a subscriber on this gateway, or until just now")),
      redis_up(metrics::gauge(registry, "confab_gateway_redis_up",
                              "1 while the last Redis server that changed state is connected")),
      auth_up(
          metrics::gauge(registry, "confab_gateway_auth_up", "1 while the auth service answers")),
      payloads_refused(metrics::counter(registry, "confab_gateway_feed_payloads_refused_total",
                                        "Messages from Redis that were malformed or misplaced")),
      streams_broken(metrics::counter(registry, "confab_gateway_append_streams_broken_total",
                                      "Streams to a message-store that ended")),
      outbox_overflows(metrics::counter(registry, "confab_gateway_outbox_overflows_total",
                                        "Clients cut off because they read too slowly")),
      slow_readers(metrics::counter(registry, "confab_gateway_slow_readers_total",
                                    "Times a client read too slowly for a room; told \"lag\"")),
      received_bytes(metrics::counter(registry, "confab_gateway_received_bytes_total",
                                      "Bodies and frames from clients, without headers")),
      sent_bytes(metrics::counter(registry, "confab_gateway_sent_bytes_total",
                                  "Bodies and frames to clients, without headers")),
      sends(metrics::counter(registry, "confab_gateway_sends_total",
                             "System calls that sent to WebSockets")),
      entries(metrics::counter(registry, "confab_gateway_feed_entries_total",
                               "Room entries received from Redis for open rooms")),
      gaps(metrics::counter(registry, "confab_gateway_gaps_found_total",
                            "Rooms found behind the store's log; they were read on")),
      forks(metrics::counter(registry, "confab_gateway_forks_found_total",
                             "Rooms found not to match the store's log; they were checked")),
      reads_failed(metrics::counter(registry, "confab_gateway_log_reads_failed_total",
                                    "Reads of heads or gaps that failed; they are repeated")),
      presence_up(metrics::gauge(registry, "confab_gateway_presence_redis_up",
                                 "1 while the last Redis server that changed state is connected "
                                 "for typing and presence")),
      watchers(metrics::gauge(registry, "confab_gateway_watching_sessions",
                              "Sessions that look at who types and is connected in a room")),
      typing_published(metrics::counter(registry, "confab_gateway_typing_total", kTyping,
                                        {{"result", "published"}})),
      typing_gathered(metrics::counter(registry, "confab_gateway_typing_total", kTyping,
                                       {{"result", "gathered"}})),
      typing_refused(metrics::counter(registry, "confab_gateway_typing_total", kTyping,
                                      {{"result", "refused"}})),
      presence_read(metrics::counter(registry, "confab_gateway_presence_read_users_total",
                                     "Users looked at, each time their mark was read")),
      presence_reads_failed(metrics::counter(registry, "confab_gateway_presence_reads_failed_total",
                                             "Reads of marks that failed; they are repeated")),
      presence_events(metrics::counter(registry, "confab_gateway_presence_events_total",
                                       "Events \"presence\" offered to sessions")),
      task_failures(metrics::counter(registry, "confab_gateway_task_failures_total",
                                     "Unforeseen exceptions: each is a defect")),
      moved_connections(metrics::counter(registry, "confab_gateway_moved_connections_total",
                                         "Connections that went to the loop of their session")),
      requests_forwarded(metrics::counter(registry, "confab_gateway_forwarded_requests_total",
                                          kForwarded, {{"result", "answered"}})),
      requests_lost(metrics::counter(registry, "confab_gateway_forwarded_requests_total",
                                     kForwarded, {{"result", "failed"}})),
      upgrades_forwarded(metrics::counter(registry, "confab_gateway_forwarded_upgrades_total",
                                          kForwarded, {{"result", "answered"}})),
      upgrades_lost(metrics::counter(registry, "confab_gateway_forwarded_upgrades_total",
                                     kForwarded, {{"result", "failed"}})),
      relayed_sockets(metrics::gauge(registry, "confab_gateway_relayed_sockets",
                                     "WebSockets here of sessions that other gateways have")),
      guests(metrics::gauge(registry, "confab_gateway_guests",
                            "Requests and WebSockets at other gateways, of sessions here")),
      cut_sessions(metrics::gauge(registry, "confab_gateway_cut_sessions",
                                  "Sessions kept for clients that were cut off a moment ago")) {
  for (const auto* reason :
       {"connections", "malformed", "header_size", "body_size", "timeout", "origin", "no_route"}) {
    refused[reason] = &metrics::counter(registry, "confab_gateway_refused_total",
                                        "Connections and requests refused before any handler",
                                        {{"reason", reason}});
  }
  for (const auto* reason :
       {"subprotocol", "overloaded", "draining", "address", "no_hello", "hello", "frame"}) {
    plain_refused[reason] = &metrics::counter(
        registry, "confab_gateway_plain_refused_total",
        "Plain WebSockets turned away or closed for what they sent", {{"reason", reason}});
  }
  for (const auto code : all_error_codes()) {
    const auto traits = error_traits(code);
    limited.push_back(traits.limit
                          ? &metrics::counter(registry, "confab_gateway_limited_total",
                                              "What a limit refused clients, by the error's code",
                                              {{"limit", std::string(traits.name)}})
                          : nullptr);
  }
  for (const auto* result : {"recovered", "refused", "gone", "away", "too_much", "failed"}) {
    returns[result] = &metrics::counter(registry, "confab_gateway_recoveries_total",
                                        "Socket.IO clients that came back for the session they had",
                                        {{"result", result}});
  }
  for (const auto* result : {"accepted", "malformed", "forged", "expired", "other_token"}) {
    tickets[result] =
        &metrics::counter(registry, "confab_gateway_resume_tickets_total",
                          "Resume tickets that clients came back with", {{"result", result}});
  }
}

DialectMetrics::DialectMetrics(const metrics::Target& registry, const std::string& dialect)
    : requests(metrics::counter(registry, "confab_gateway_dialect_requests_total",
                                "HTTP requests of replaced apps' clients, without Socket.IO's",
                                {{"dialect", dialect}})),
      socketio_connections(metrics::gauge(registry, "confab_gateway_dialect_connections",
                                          "Connections of replaced apps' clients open now",
                                          {{"dialect", dialect}, {"kind", "socketio"}})),
      tcp_connections(metrics::gauge(registry, "confab_gateway_dialect_connections",
                                     "Connections of replaced apps' clients open now",
                                     {{"dialect", dialect}, {"kind", "tcp"}})) {}

}  // namespace confab::gateway
