#pragma once

#include <memory>
#include <string>
#include <vector>

#include "gateway/dialects/dialect.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/gateway_metrics.hpp"
#include "gateway/net/http_server.hpp"
#include "gateway/net/stream_server.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway {

/// A port that a dialect has for itself.
struct DialectPort {
  std::string dialect;
  std::string protocol;  ///< "http" or "tcp".
  std::uint16_t port = 0;
};

/// The dialects of replaced apps that are switched on, on one event loop: put together, mounted
/// below /compat/, counted, with their own ports. Part of the composition root.
class DialectSet {
 public:
  /// Mounts them; before the servers start. Everything outlives this.
  DialectSet(const GatewayConfig& config, const boost::asio::ip::tcp::endpoint& listen,
             const dialects::DialectParts& parts, HttpServer& http, SocketServer& sockets,
             const metrics::Target& registry);
  ~DialectSet();
  DialectSet(const DialectSet&) = delete;
  DialectSet& operator=(const DialectSet&) = delete;

  /// unavailable when one of their ports is taken. For several event loops, of which none would
  /// notice it.
  [[nodiscard]] static Result<> check_free(const GatewayConfig& config,
                                           const boost::asio::ip::tcp::endpoint& listen);

  /// Binds their ports, those that another loop has bound if it did. What they are; unavailable
  /// when one is taken.
  [[nodiscard]] Result<std::vector<DialectPort>> bind(const std::vector<DialectPort>& bound);

  /// Lets nobody in any more who is not a session.
  void drain();
  /// Sets the gauges.
  void measure();
  /// Raw TCP connections.
  [[nodiscard]] std::size_t open_connections() const;

 private:
  struct Mounted;

  void mount(const DialectsConfig::Dialect& config, std::unique_ptr<dialects::Dialect> dialect,
             const metrics::Target& registry);

  HttpServer& http_;
  SocketServer& sockets_;
  std::vector<std::unique_ptr<Mounted>> mounted_;
};

}  // namespace confab::gateway
