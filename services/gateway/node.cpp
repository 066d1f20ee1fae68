#include "gateway/node.hpp"

#include "common/runtime/memory.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kHousekeeping{2000};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{3000};
constexpr std::uint16_t kServiceRestart = 1012;
/// A forwarded poll ends by the owner's heartbeat; only when that is late, by its deadline.
constexpr std::chrono::milliseconds kForwardMargin{5000};
/// Connections whose coming or going leaves enough free memory behind to be given back.
constexpr std::size_t kStorm = 500;

std::size_t share_of_connections(const GatewayConfig& config) {
  return (config.max_connections + config.loop_count() - 1) / config.loop_count();
}

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

NetEvents net_events(GatewayMetrics& metrics) {
  NetEvents events;
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
  options.poll_deadline = config.ping_interval + config.ping_timeout + kForwardMargin;
  return options;
}

HubCounters hub_counters(GatewayMetrics& metrics) {
  HubCounters counters;
  counters.gap_found = [&metrics] { metrics.gaps.Increment(); };
  counters.fork_found = [&metrics] { metrics.forks.Increment(); };
  counters.read_failed = [&metrics] { metrics.reads_failed.Increment(); };
  counters.entries_delivered = [&metrics](std::size_t count) {
    metrics.entries.Increment(static_cast<double>(count));
  };
  return counters;
}

}  // namespace

Node::Node(const GatewayConfig& config, SharedLimits& limits, std::size_t loop,
           const boost::asio::ip::tcp::endpoint& listen, Peers peers, runtime::Process& process,
           Events events)
    : process_(process),
      events_(std::move(events)),
      metrics_({process.metrics(), {{"loop", std::to_string(loop)}}}),
      loop_(io_,
            [this](std::string_view what) {
              metrics_.task_failures.Increment();
              process_.log().error("task_failed", {{"what", what}});
            }),
      auth_(std::move(peers.auth)),
      profiles_stub_(std::move(peers.profiles)),
      accounts_(*auth_),
      profiles_(*profiles_stub_, *auth_),
      people_store_(std::move(peers.people)),
      store_(io_, std::move(peers.stores),
             [this](std::string_view why) {
               metrics_.streams_broken.Increment();
               process_.log().warning("append_stream_broken", {{"why", why}});
             }),
      forwarder_(io_, forward_options(config), forward_events(metrics_)),
      message_changes_store_(std::move(peers.messages)),
      room_store_(std::move(peers.room_stores)),
      gate_(*auth_, loop_, clock_, random_, config.party,
            {.revoked =
                 [this](const std::string& session) {
                   sessions_.revoke(session);
                   events_.revoked(session);
                 },
             .auth_up = [this](bool up) { metrics_.auth_up.Set(up ? 1 : 0); },
             .resume_keys = [this](const auto& keys) { forwarder_.set_keys(keys); },
             .ticket = [this](auto result) { metrics_.count_ticket(result); }}),
      feed_(io_, loop_, peers.redis,
            {.payload_refused = [this](auto) { metrics_.payloads_refused.Increment(); },
             .link =
                 [this](std::string_view host, bool up, std::string_view why) {
                   metrics_.redis_up.Set(up ? 1 : 0);
                   process_.log().info("redis", {{"host", host}, {"up", up}, {"why", why}});
                 }}),
      hub_(store_, feed_, loop_, hub_counters(metrics_)),
      sessions_(loop_),
      heard_(store_, hub_, sessions_, loop_),
      chat_(store_, accounts_, heard_, limits.calls, loop_, random_),
      message_changes_(message_changes_store_, chat_, heard_, random_),
      rooms_(room_store_, chat_),
      read_marks_(room_store_, loop_),
      receipts_(hub_, loop_),
      people_(profiles_, accounts_, people_store_, gate_),
      commands_(chat_, message_changes_, {chat_, rooms_, read_marks_}, people_, limits.calls),
      guard_(limits.doors, config.limits.limit_local_addresses,
             [this](ErrorCode code) { metrics_.count_limited(code); }),
      http_(io_, http_options(config, listen), net_events(metrics_)),
      engine_(http_, engine_options(config, guard_.connections()), random_, {}, &forwarder_),
      guest_door_{
          io_, http_.deadlines(),
          [this](HttpRequest request) { return engine_.handle_forwarded(std::move(request)); },
          [this](HttpRequest request) { return engine_.upgrade_forwarded(std::move(request)); }},
      sockets_(engine_, {}, random_),
      session_host_(door_parts(), config.limits.connection),
      socketio_door_(door_parts(), session_host_),
      plain_door_(door_parts(), session_host_, http_, plain_options(config),
                  plain_events(metrics_)),
      rest_door_(door_parts(), people_, config.limits.max_body_bytes) {
  sockets_.add_namespace("/", socketio_door_);
  plain_door_.open();
  rest_door_.open(http_);
}

dialects::DoorParts Node::door_parts() {
  return {gate_, accounts_, chat_, commands_, hub_, sessions_, loop_, random_, guard_};
}

Node::~Node() { stop(); }

void Node::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Node::join(const SessionOwner& self, std::vector<HttpServer*> loops) {
  forwarder_.join(self, std::move(loops));
}

Result<std::uint16_t> Node::bind(std::uint16_t port) { return http_.start(port); }

void Node::run() {
  feed_.start(hub_, sessions_, receipts_);
  loop_.spawn([this] { return fetch_first_keys(); });
  loop_.spawn([this] {
    return hub_.watch([this] {
      return static_cast<double>(random_.u64() >> 11) / static_cast<double>(1ULL << 53);
    });
  });
  loop_.spawn([this] { return gate_.watch(); });
  loop_.spawn([this] { return keep_house(); });
  thread_ = std::thread([this] {
    const auto work = boost::asio::make_work_guard(io_);
    io_.run();
  });
}

/// Until the keys are there no token can be verified.
Task<> Node::fetch_first_keys() {
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const auto fetched = co_await gate_.fetch_keys();
    if (fetched) break;
    process_.log().warning("waiting", {{"for", "auth"}, {"why", fetched.error().message}});
    co_await loop_.sleep(pause);
  }
  events_.ready();
}

/// The gate tells the loops of what is new to it, which ends with the last of them.
void Node::revoke(const std::string& session_id) {
  loop_.defer([this, session_id] { gate_.revoke(session_id); });
}

Task<> Node::keep_house() {
  for (;;) {
    sessions_.sweep(clock_.now());
    measure();
    give_back_memory();
    co_await loop_.sleep(kHousekeeping);
  }
}

/// Once a storm of clients, come or gone, has passed.
void Node::give_back_memory() {
  const auto open = http_.open_connections();
  const auto change = open > kept_for_ ? open - kept_for_ : kept_for_ - open;
  if (open == std::exchange(last_open_, open) && change > kStorm) {
    runtime::give_back_free_memory();
    kept_for_ = open;
  }
}

void Node::measure() {
  const auto count = [this](const GatewayMetrics::OpenSessions& gauges, Transport transport) {
    gauges.v3.Set(static_cast<double>(engine_.open_sessions(transport, EngineVersion::v3)));
    gauges.v4.Set(static_cast<double>(engine_.open_sessions(transport, EngineVersion::v4)));
  };
  count(metrics_.polling_sessions, Transport::polling);
  count(metrics_.websocket_sessions, Transport::websocket);
  metrics_.plain_sessions.Set(static_cast<double>(plain_door_.open_sessions()));
  metrics_.plain_strangers.Set(static_cast<double>(plain_door_.strangers()));
  metrics_.users_connected.Set(static_cast<double>(sessions_.size()));
  metrics_.active_rooms.Set(static_cast<double>(hub_.active_rooms()));
  metrics_.guests.Set(static_cast<double>(guest_door_.open));
}

Task<> Node::wait_for_clients(std::chrono::milliseconds patience) {
  const auto end = clock_.now() + patience;
  // Not sessions: the last answer of a closed one may still be on its way.
  while (http_.open_connections() + guest_door_.open > 0 && clock_.now() < end)
    co_await loop_.sleep(std::chrono::milliseconds(20));
}

std::future<void> Node::drain(std::chrono::milliseconds patience) {
  const auto gone = std::make_shared<std::promise<void>>();
  loop_.spawn([this, gone, patience]() -> Task<> {
    engine_.refuse_new_sessions();
    http_.stop();
    plain_door_.drain();
    engine_.close_all(kServiceRestart, "restart");
    sessions_.end_all(EndReason::draining);
    co_await wait_for_clients(patience);
    gone->set_value();
  });
  return gone->get_future();
}

}  // namespace confab::gateway
