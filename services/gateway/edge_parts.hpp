#pragma once

#include <boost/asio/ip/tcp.hpp>

#include "gateway/dialects/v1/plain_door.hpp"
#include "gateway/engineio/options.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/gateway_metrics.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/stream_server.hpp"
#include "gateway/rpc/session_forwarder.hpp"

namespace confab::gateway {

// How the edges towards clients and other gateways are set up: out of the configuration, and
// counted in the metrics, which outlive them. Of limits for the whole process each loop gets its
// share.

[[nodiscard]] HttpServerOptions http_options(const GatewayConfig& config,
                                             const boost::asio::ip::tcp::endpoint& listen);
[[nodiscard]] StreamServerOptions stream_options(const GatewayConfig& config,
                                                 const boost::asio::ip::tcp::endpoint& listen);
[[nodiscard]] NetEvents net_events(GatewayMetrics& metrics, std::function<void()> accept_failed);
[[nodiscard]] EngineOptions engine_options(const GatewayConfig& config, ConnectionGuard guard);
[[nodiscard]] dialects::PlainOptions plain_options(const GatewayConfig& config);
[[nodiscard]] dialects::PlainEvents plain_events(GatewayMetrics& metrics);
[[nodiscard]] SessionForwarder::Options forward_options(const GatewayConfig& config);
[[nodiscard]] ForwardEvents forward_events(GatewayMetrics& metrics);

}  // namespace confab::gateway
