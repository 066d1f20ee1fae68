#include "gateway/edge_parts.hpp"

namespace confab::gateway {
namespace {

/// A forwarded poll ends by the owner's heartbeat; only when that is late, by its deadline.
constexpr std::chrono::milliseconds kForwardMargin{5000};

std::size_t share_of_connections(const GatewayConfig& config) {
  return (config.max_connections + config.loop_count() - 1) / config.loop_count();
}

}  // namespace

HttpServerOptions http_options(const GatewayConfig& config,
                               const boost::asio::ip::tcp::endpoint& listen) {
  HttpServerOptions options;
  options.address = listen.address().to_string();
  options.port = listen.port();
  options.reuse_port = config.loop_count() > 1;
  options.max_connections = share_of_connections(config);
  options.allowed_origins = config.allowed_origins;
  options.trusted_proxies = *TrustedProxies::parse(config.limits.trusted_proxies);
  return options;
}

StreamServerOptions stream_options(const GatewayConfig& config,
                                   const boost::asio::ip::tcp::endpoint& listen) {
  StreamServerOptions options;
  options.address = listen.address().to_string();
  options.port = listen.port();
  options.reuse_port = config.loop_count() > 1;
  options.max_connections = share_of_connections(config);
  options.max_outbox_bytes = config.max_outbox_bytes;
  return options;
}

EngineOptions engine_options(const GatewayConfig& config, ConnectionGuard guard) {
  EngineOptions options;
  options.ping_interval = config.ping_interval;
  options.ping_timeout = config.ping_timeout;
  options.max_outbox_bytes = config.max_outbox_bytes;
  options.max_sessions = share_of_connections(config);
  options.max_payload = config.limits.max_socketio_bytes;
  options.guard = std::move(guard);
  return options;
}

dialects::PlainOptions plain_options(const GatewayConfig& config) {
  dialects::PlainOptions options;
  options.version = CONFAB_VERSION;
  options.hello_timeout = config.hello_timeout;
  options.max_strangers = config.max_unauthenticated;
  options.heartbeat = config.ping_interval;
  options.max_outbox_bytes = config.max_outbox_bytes;
  options.max_message_bytes = config.limits.max_frame_bytes;
  options.rates = config.limits.calls;
  return options;
}

dialects::PlainEvents plain_events(GatewayMetrics& metrics) {
  dialects::PlainEvents events;
  events.refused = [&metrics](std::string_view reason) {
    if (const auto found = metrics.plain_refused.find(reason);
        found != metrics.plain_refused.end()) {
      found->second->Increment();
    }
  };
  return events;
}

NetEvents net_events(GatewayMetrics& metrics, std::function<void()> accept_failed) {
  NetEvents events;
  events.accept_failed = std::move(accept_failed);
  events.refused = [&metrics](std::string_view reason) {
    if (const auto found = metrics.refused.find(reason); found != metrics.refused.end())
      found->second->Increment();
  };
  events.moved = [&metrics] { metrics.moved_connections.Increment(); };
  events.flushed = [&metrics](std::size_t) { metrics.sends.Increment(); };
  events.frames_refused = [&metrics] { metrics.slow_readers.Increment(); };
  events.outbox_overflowed = [&metrics] { metrics.outbox_overflows.Increment(); };
  events.received = [&metrics](std::size_t bytes) {
    metrics.received_bytes.Increment(static_cast<double>(bytes));
  };
  events.sent = [&metrics](std::size_t bytes) {
    metrics.sent_bytes.Increment(static_cast<double>(bytes));
  };
  events.handler_failed = [&metrics](std::string_view) { metrics.task_failures.Increment(); };
  return events;
}

ForwardEvents forward_events(GatewayMetrics& metrics) {
  ForwardEvents events;
  events.request = [&metrics](bool answered) {
    (answered ? metrics.requests_forwarded : metrics.requests_lost).Increment();
  };
  events.upgrade = [&metrics](bool answered) {
    (answered ? metrics.upgrades_forwarded : metrics.upgrades_lost).Increment();
  };
  events.sockets = [&metrics](int change) { metrics.relayed_sockets.Increment(change); };
  return events;
}

SessionForwarder::Options forward_options(const GatewayConfig& config) {
  SessionForwarder::Options options;
  options.patience = config.ping_interval + config.ping_timeout;
  options.poll_deadline = options.patience + kForwardMargin;
  return options;
}

}  // namespace confab::gateway
