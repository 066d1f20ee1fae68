#include "gateway/dialect_set.hpp"

#include <algorithm>
#include <optional>

#include "gateway/dialects/chat_backend/chat_backend.hpp"
#include "gateway/dialects/chat_socketio/chat_socketio.hpp"
#include "gateway/dialects/flask_chat/flask_chat.hpp"
#include "gateway/edge_parts.hpp"
#include "gateway/net/tcp_listen.hpp"

namespace confab::gateway {
namespace {

using boost::asio::ip::tcp;

constexpr std::string_view kBelow = "/compat/";

/// The parts are as the options say, which have been checked.
std::unique_ptr<dialects::Dialect> make(const GatewayConfig& config,
                                        const DialectsConfig::Dialect& which,
                                        const dialects::DialectParts& parts) {
  if (which.name == "chat_backend") {
    dialects::ChatBackendOptions options;
    options.insecure = which.insecure;
    options.hello_timeout = config.hello_timeout;
    options.max_strangers = config.max_unauthenticated;
    options.max_body_bytes = config.limits.max_body_bytes;
    return std::make_unique<dialects::ChatBackend>(parts, options);
  }
  if (which.name == "chat_socketio") {
    dialects::chat_socketio::ClientOptions options;
    options.make_accounts = which.insecure;
    options.max_strangers = config.max_unauthenticated;
    return std::make_unique<dialects::ChatSocketIo>(parts, options);
  }
  if (which.name == "flask_chat") {
    return std::make_unique<dialects::FlaskChat>(parts, config.limits.max_body_bytes);
  }
  return nullptr;
}

std::uint16_t port_in(const std::vector<DialectPort>& bound, const std::string& dialect,
                      const std::string& protocol) {
  const auto found = std::find_if(bound.begin(), bound.end(), [&](const DialectPort& one) {
    return one.dialect == dialect && one.protocol == protocol;
  });
  return found == bound.end() ? 0 : found->port;
}

}  // namespace

struct DialectSet::Mounted {
  Mounted(const metrics::Target& registry, const std::string& of_name)
      : name(of_name), metrics(registry, of_name) {}

  const std::string name;
  DialectMetrics metrics;
  std::unique_ptr<dialects::Dialect> dialect;
  SocketMount* sockets = nullptr;
  std::optional<tcp::endpoint> http;
  std::unique_ptr<StreamServer> streams;
};

DialectSet::DialectSet(const GatewayConfig& config, const tcp::endpoint& listen,
                       const dialects::DialectParts& parts, HttpServer& http, SocketServer& sockets,
                       const metrics::Target& registry)
    : http_(http), sockets_(sockets) {
  for (const auto& name : config.dialects.names) {
    const auto& which = *config.dialects.find(name);
    mount(which, make(config, which, parts), registry);
    auto& mounted = *mounted_.back();
    mounted.http = *DialectsConfig::endpoint(which.port, listen);
    if (const auto endpoint = *DialectsConfig::endpoint(which.tcp_port, listen)) {
      mounted.streams = std::make_unique<StreamServer>(http.io(), stream_options(config, *endpoint),
                                                       http.deadlines());
    }
  }
}

DialectSet::~DialectSet() = default;

void DialectSet::mount(const DialectsConfig::Dialect& config,
                       std::unique_ptr<dialects::Dialect> dialect,
                       const metrics::Target& registry) {
  const auto path = std::string(kBelow) + config.name;
  auto& mounted = *mounted_.emplace_back(std::make_unique<Mounted>(registry, config.name));
  mounted.dialect = std::move(dialect);
  mounted.sockets = &sockets_.mount(path + "/socket.io/");
  mounted.dialect->open(*mounted.sockets);
  http_.route(path, [&mounted, skip = path.size()](HttpRequest request) {
    mounted.metrics.requests.Increment();
    request.path.erase(0, skip);
    return mounted.dialect->handle(std::move(request));
  });
}

Result<> DialectSet::check_free(const GatewayConfig& config, const tcp::endpoint& listen) {
  for (const auto& name : config.dialects.names) {
    const auto& which = *config.dialects.find(name);
    for (const auto& text : {which.port, which.tcp_port}) {
      const auto endpoint = *DialectsConfig::endpoint(text, listen);
      if (!endpoint) continue;
      auto free = gateway::check_free(endpoint->address().to_string(), endpoint->port());
      if (!free) return free;
    }
  }
  return {};
}

Result<std::vector<DialectPort>> DialectSet::bind(const std::vector<DialectPort>& bound) {
  std::vector<DialectPort> ports;
  for (auto& mounted : mounted_) {
    if (mounted->http) {
      const auto known = port_in(bound, mounted->name, "http");
      const auto port = http_.listen(mounted->http->address().to_string(),
                                     known != 0 ? known : mounted->http->port(),
                                     std::string(kBelow) + mounted->name);
      if (!port) return port.error();
      ports.push_back({mounted->name, "http", *port});
    }
    if (mounted->streams) {
      const auto port = mounted->streams->start(
          [dialect = mounted->dialect.get()](const auto& socket) { dialect->take(socket); },
          port_in(bound, mounted->name, "tcp"));
      if (!port) return port.error();
      ports.push_back({mounted->name, "tcp", *port});
    }
  }
  return ports;
}

void DialectSet::drain() {
  for (auto& mounted : mounted_) {
    if (mounted->streams) mounted->streams->stop();
    mounted->dialect->drain();
  }
}

void DialectSet::measure() {
  for (auto& mounted : mounted_) {
    mounted->metrics.socketio_connections.Set(static_cast<double>(mounted->sockets->open));
    if (!mounted->streams) continue;
    mounted->metrics.tcp_connections.Set(static_cast<double>(mounted->streams->open_connections()));
  }
}

std::size_t DialectSet::open_connections() const {
  std::size_t open = 0;
  for (const auto& mounted : mounted_) {
    if (mounted->streams) open += mounted->streams->open_connections();
  }
  return open;
}

}  // namespace confab::gateway
