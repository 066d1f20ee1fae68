#include "gateway/node.hpp"

#include <boost/asio/post.hpp>
#include <future>

#include "common/base/uuid.hpp"
#include "common/rpc/client.hpp"
#include "common/runtime/memory.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kHousekeeping{2000};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{3000};
constexpr std::uint16_t kServiceRestart = 1012;
/// Connections whose coming or going leaves enough free memory behind to be given back.
constexpr std::size_t kStorm = 500;

HttpServerOptions http_options(const GatewayConfig& config,
                               const boost::asio::ip::tcp::endpoint& listen) {
  HttpServerOptions options;
  options.address = listen.address().to_string();
  options.port = listen.port();
  options.max_connections = config.max_connections;
  options.allowed_origins = config.allowed_origins;
  return options;
}

EngineOptions engine_options(const GatewayConfig& config) {
  EngineOptions options;
  options.ping_interval = config.ping_interval;
  options.ping_timeout = config.ping_timeout;
  options.max_outbox_bytes = config.max_outbox_bytes;
  options.max_sessions = config.max_connections;
  return options;
}

NetEvents net_events(GatewayMetrics& metrics) {
  NetEvents events;
  events.refused = [&metrics](std::string_view reason) {
    if (const auto found = metrics.refused.find(reason); found != metrics.refused.end())
      found->second->Increment();
  };
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

Result<Peers> Peers::from(const GatewayConfig& config) {
  Peers peers;
  auto redis = redis::parse_addresses(config.redis_urls);
  if (!redis) return redis.error();
  peers.redis = std::move(*redis);
  const auto auth = rpc::make_channel(config.auth_address);
  if (!auth) return auth.error();
  peers.auth = auth::v1::Auth::NewStub(*auth);
  peers.profiles = auth::v1::Profiles::NewStub(*auth);
  for (const auto& address : config.message_stores) {
    const auto store = rpc::make_channel(address);
    if (!store) return store.error();
    peers.stores.push_back(message_store::v1::MessageStore::NewStub(*store));
    peers.people.push_back(message_store::v1::People::NewStub(*store));
  }
  return peers;
}

Node::Node(const GatewayConfig& config, const boost::asio::ip::tcp::endpoint& listen, Peers peers,
           runtime::Process& process, GatewayMetrics& metrics)
    : process_(process),
      metrics_(metrics),
      instance_(Uuid::make(random_).text()),
      started_at_(clock_.now()),
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
      gate_(*auth_, loop_, clock_, random_, config.party,
            {.revoked = [this](const std::string& session) { sessions_.revoke(session); },
             .auth_up = [this](bool up) { metrics_.auth_up.Set(up ? 1 : 0); },
             .ticket = [this](auto result) { metrics_.count_ticket(result); }}),
      feed_(io_, loop_, peers.redis,
            {.payload_refused = [this] { metrics_.payloads_refused.Increment(); },
             .link =
                 [this](std::string_view host, bool up, std::string_view why) {
                   metrics_.redis_up.Set(up ? 1 : 0);
                   process_.log().info("redis", {{"host", host}, {"up", up}, {"why", why}});
                 }}),
      hub_(store_, feed_, loop_, hub_counters(metrics)),
      sessions_(loop_),
      heard_(store_, hub_, sessions_, loop_),
      chat_(store_, accounts_, heard_, loop_, random_),
      people_(profiles_, accounts_, people_store_, gate_),
      commands_(chat_, people_),
      http_(io_, http_options(config, listen), net_events(metrics)),
      engine_(http_, engine_options(config), random_),
      sockets_(engine_, {}, random_),
      socketio_door_({gate_, accounts_, chat_, commands_, hub_, sessions_, loop_, random_}),
      rest_door_({gate_, accounts_, chat_, commands_, hub_, sessions_, loop_, random_}, people_) {
  sockets_.add_namespace("/", socketio_door_);
  rest_door_.open(http_);
}

Node::~Node() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

Result<> Node::start() {
  const auto port = http_.start();
  if (!port) return port.error();
  process_.log().info("listening", {{"port", *port}});
  feed_.start(hub_, sessions_);
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
  return {};
}

/// Until the keys are there no token can be verified; then the gateway is ready.
Task<> Node::fetch_first_keys() {
  process_.health().set_waiting_for("auth");
  for (auto pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const auto fetched = co_await gate_.fetch_keys();
    if (fetched) break;
    process_.log().warning("waiting", {{"for", "auth"}, {"why", fetched.error().message}});
    co_await loop_.sleep(pause);
  }
  process_.serving();
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
  metrics_.polling_sessions.Set(static_cast<double>(engine_.open_sessions(Transport::polling)));
  metrics_.websocket_sessions.Set(static_cast<double>(engine_.open_sessions(Transport::websocket)));
  metrics_.users_connected.Set(static_cast<double>(sessions_.size()));
  metrics_.active_rooms.Set(static_cast<double>(hub_.active_rooms()));
}

v1::DescribeResponse Node::describe() const {
  v1::DescribeResponse out;
  out.set_instance(instance_);
  out.set_version(CONFAB_VERSION);
  out.set_open_sessions(static_cast<std::uint64_t>(metrics_.polling_sessions.Value() +
                                                   metrics_.websocket_sessions.Value()));
  out.set_active_rooms(static_cast<std::uint64_t>(metrics_.active_rooms.Value()));
  out.set_started_ms(
      std::chrono::duration_cast<std::chrono::milliseconds>(started_at_.time_since_epoch())
          .count());
  return out;
}

Task<> Node::wait_for_clients(std::chrono::milliseconds patience) {
  const auto end = clock_.now() + patience;
  // Not sessions: the last answer of a closed one may still be on its way.
  while (http_.open_connections() > 0 && clock_.now() < end)
    co_await loop_.sleep(std::chrono::milliseconds(20));
}

void Node::drain(std::chrono::milliseconds patience) {
  const auto gone = std::make_shared<std::promise<void>>();
  loop_.spawn([this, gone, patience]() -> Task<> {
    engine_.refuse_new_sessions();
    http_.stop();
    engine_.close_all(kServiceRestart, "restart");
    co_await wait_for_clients(patience);
    gone->set_value();
  });
  gone->get_future().wait();
}

}  // namespace confab::gateway
