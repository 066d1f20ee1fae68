#pragma once

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "common/config/options.hpp"
#include "common/jwt/jwt.hpp"
#include "gateway/limits_config.hpp"
#include "gateway/resilience_config.hpp"

namespace confab::gateway {

/// What an operator may set. main() reads it once; everything below gets plain values.
struct GatewayConfig {
  std::string listen = "0.0.0.0:8080";
  std::string rpc_listen = "127.0.0.1:7300";
  std::string rpc_advertise;
  std::size_t loops = 0;
  std::string auth_address = "127.0.0.1:7100";
  std::vector<std::string> message_stores = {"127.0.0.1:7200"};
  std::vector<std::string> redis_urls = {"redis://127.0.0.1:6379"};
  std::vector<std::string> allowed_origins = {"*"};
  std::size_t max_connections = 100'000;
  std::size_t max_outbox_bytes = 4 << 20;
  std::chrono::milliseconds ping_interval{25'000};
  std::chrono::milliseconds ping_timeout{20'000};
  std::chrono::milliseconds hello_timeout{5000};
  std::chrono::milliseconds recovery_window{120'000};
  std::size_t max_unauthenticated = 10'000;
  std::chrono::milliseconds presence_refresh{20'000};
  std::string sid_cookie;
  std::string sid_cookie_path = "/";
  std::string sid_cookie_same_site = "Lax";
  bool sid_cookie_http_only = true;
  jwt::Party party;
  LimitsConfig limits;
  ResilienceConfig resilience;

  config::Options options{"gateway"};

  static constexpr std::size_t kMostLoops = 64;
  /// By itself it takes no more: each loop follows every room that it has members of.
  static constexpr std::size_t kMostLoopsUnasked = 4;

  static constexpr std::chrono::hours kLongestRecovery{1};

  [[nodiscard]] std::size_t loop_count() const {
    if (loops > 0) return loops;
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostLoopsUnasked);
  }

  GatewayConfig() {
    options.add("listen", listen, "ip:port for clients: HTTP, Socket.IO, WebSocket");
    options.add("rpc-listen", rpc_listen, "ip:port of the gRPC service for gateways and operators");
    options.add(
        "rpc-advertise", rpc_advertise,
        "IP address or name by which other gateways reach rpc-listen; if empty, the address "
        "of rpc-listen, or that of this machine's name");
    options.add("loops", loops, "event loops, each on a thread; 0: one for each core, at most 4");
    options.add("auth-address", auth_address, "host:port of the auth service");
    options.add("message-stores", message_stores,
                "host:port of each message-store; rooms are spread over them by bucket");
    options.add_secret("redis-urls", redis_urls,
                       "Redis servers, the same list as the message-stores'");
    options.add("allowed-origins", allowed_origins,
                "origins whose pages may connect, e.g. https://chat.example.com; * for all");
    options.add("max-connections", max_connections,
                "open connections; more are refused. Each event loop takes its equal share");
    options.add("max-outbox-bytes", max_outbox_bytes,
                "bytes queued for one client before it is cut off as too slow");
    options.add("ping-interval", ping_interval, "time between two heartbeats of a client");
    options.add("ping-timeout", ping_timeout, "time for a client to answer a heartbeat");
    options.add("recovery-window", recovery_window,
                "time for a Socket.IO client that was cut off to come back to the session it had; "
                "0: it always gets a new one");
    options.add("sid-cookie", sid_cookie,
                "name of a cookie with the session id, set when a Socket.IO session opens by "
                "polling, for load balancers; if empty, none is set. No gateway needs it");
    options.add("sid-cookie-path", sid_cookie_path, "its Path");
    options.add("sid-cookie-same-site", sid_cookie_same_site,
                "its SameSite: Strict, Lax or None, which also makes it Secure; or empty");
    options.add("sid-cookie-http-only", sid_cookie_http_only,
                "whether pages' scripts cannot read it");
    options.add("hello-timeout", hello_timeout, "time for a plain WebSocket to say hello");
    options.add("max-unauthenticated", max_unauthenticated,
                "plain WebSockets that have not said hello; more are refused");
    options.add("presence-refresh", presence_refresh,
                "how often it is noted that a user is connected; who has not been noted for 2.5 "
                "times as long is offline. The same for all gateways");
    resilience.declare(options);
    limits.declare(options);
    options.add("token-issuer", party.issuer, "issuer that access tokens must name");
    options.add("token-audience", party.audience, "audience that access tokens must name");
  }
  GatewayConfig(const GatewayConfig&) = delete;
  GatewayConfig& operator=(const GatewayConfig&) = delete;

  /// invalid_argument naming the option that is out of range.
  [[nodiscard]] Result<> check() const {
    const auto bad = [](const char* what) {
      return Error{ErrorCode::invalid_argument, std::string(what) + "; see --help"};
    };
    if (message_stores.empty()) return bad("--message-stores is empty");
    if (redis_urls.empty()) return bad("--redis-urls is empty");
    if (allowed_origins.empty()) return bad("--allowed-origins is empty");
    if (loops > kMostLoops) return bad("--loops must be at most 64");
    if (max_connections == 0) return bad("--max-connections must be at least 1");
    if (max_outbox_bytes < (2 << 20)) {
      return bad("--max-outbox-bytes must be at least 2097152, for the largest answer");
    }
    if (ping_interval.count() < 100) return bad("--ping-interval must be at least 100ms");
    if (ping_timeout.count() < 100) return bad("--ping-timeout must be at least 100ms");
    if (hello_timeout.count() < 100) return bad("--hello-timeout must be at least 100ms");
    if (presence_refresh.count() < 1000 || presence_refresh.count() > 600'000) {
      return bad("--presence-refresh must be 1s to 10min");
    }
    if (const auto good = limits.check(); !good) return good;
    if (const auto good = resilience.check(); !good) return good;
    if (recovery_window.count() < 0 || recovery_window > kLongestRecovery) {
      return bad("--recovery-window must be at most 1h");
    }
    if (max_unauthenticated == 0) return bad("--max-unauthenticated must be at least 1");
    return {};
  }
};

}  // namespace confab::gateway
