#include "gateway/node.hpp"

#include "common/runtime/memory.hpp"
#include "gateway/domain_parts.hpp"
#include "gateway/edge_parts.hpp"
#include "gateway/resilience_parts.hpp"

namespace confab::gateway {
namespace {

constexpr std::chrono::milliseconds kHousekeeping{2000};
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLongestPause{3000};
/// Connections whose coming or going leaves enough free memory behind to be given back.
constexpr std::size_t kStorm = 500;

}  // namespace

Node::Node(const GatewayConfig& config, SharedLimits& limits, std::size_t loop,
           const boost::asio::ip::tcp::endpoint& listen, Peers peers, runtime::Process& process,
           Events events)
    : process_(process),
      events_(std::move(events)),
      name_(std::to_string(loop)),
      metrics_({process.metrics(), {{"loop", name_}}}),
      resilience_metrics_({process.metrics(), {{"loop", name_}}}),
      loop_(io_,
            [this](std::string_view what) {
              metrics_.task_failures.Increment();
              process_.log().error("task_failed", {{"what", what}});
            }),
      auth_(std::move(peers.auth)),
      profiles_stub_(std::move(peers.profiles)),
      store_health_(peers.store_health),
      auth_calls_(std::move(peers.auth_calls)),
      accounts_(*auth_, *auth_calls_),
      profiles_(*profiles_stub_, *auth_, *auth_calls_),
      people_store_({std::move(peers.people), peers.store_health}),
      store_(
          io_, std::move(peers.stores),
          [this](std::string_view why) {
            metrics_.streams_broken.Increment();
            process_.log().warning("append_stream_broken", {{"why", why}});
          },
          {}, peers.store_health),
      forwarder_(io_, forward_options(config), forward_events(metrics_)),
      message_changes_store_({std::move(peers.messages), peers.store_health}),
      room_store_({std::move(peers.room_stores), peers.store_health}),
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
      presence_board_(io_, loop_, peers.redis, presence_link()),
      hub_(store_, feed_, loop_, hub_counters(metrics_, watching_, sessions_)),
      canary_(presence_board_, loop_, random_, peers.redis.size(), canary_events()),
      sessions_(loop_),
      drain_(sessions_, loop_, random_),
      intake_(loop_, random_, intake_options(config, resilience_metrics_)),
      memory_(sessions_, intake_, memory_options(config, resilience_metrics_)),
      lag_(intake_),
      cut_sessions_(sessions_, loop_, config.recovery_window),
      recall_(forwarder_, cut_sessions_, loop_, {}),
      heard_(store_, hub_, sessions_, loop_),
      chat_(store_, accounts_, heard_, limits.calls, loop_, random_),
      message_changes_(message_changes_store_, chat_, heard_, random_),
      rooms_(room_store_, chat_),
      read_marks_(room_store_, loop_),
      receipts_(hub_, loop_),
      typing_(presence_board_, room_store_, loop_, typing_counters(metrics_)),
      typing_watch_(presence_board_, loop_),
      presence_watch_(presence_board_, room_store_, loop_, clock_, random_,
                      presence_options(config), presence_counters(metrics_)),
      watching_(room_store_, typing_watch_, presence_watch_),
      online_marks_(presence_board_, sessions_, loop_, clock_, config.presence_refresh),
      people_(profiles_, accounts_, people_store_, gate_),
      commands_(chat_, message_changes_, {chat_, rooms_, read_marks_}, people_,
                {typing_, watching_}, limits.calls),
      guard_(limits.doors, intake_, config.limits.limit_local_addresses,
             [this](ErrorCode code) { metrics_.count_limited(code); }),
      http_(io_, http_options(config, listen),
            net_events(metrics_, [this] { accept_failed_at_ = loop_.now(); })),
      engine_(http_, engine_options(config, guard_.connections()), random_, {}, &forwarder_),
      guest_door_{
          io_, http_.deadlines(),
          [this](HttpRequest request) { return engine_.handle_forwarded(std::move(request)); },
          [this](HttpRequest request) { return engine_.upgrade_forwarded(std::move(request)); },
          [this](v1::RecallRequest request) { return recall_.serve(std::move(request)); }},
      sockets_(engine_, {}, random_),
      session_host_(door_parts(), config.limits.connection,
                    [this](auto result) { metrics_.count_return(result); }),
      socketio_door_(door_parts(), session_host_),
      plain_door_(door_parts(), session_host_, http_, plain_options(config),
                  plain_events(metrics_)),
      rest_door_(door_parts(), people_, config.limits.max_body_bytes),
      dialects_(config, listen, {door_parts(), rooms_, people_, session_host_, http_.deadlines()},
                http_, sockets_, {process.metrics(), {{"loop", name_}}}) {
  engine_.set_cookie(cookie_of(config));
  sockets_.add_namespace("/", socketio_door_);
  plain_door_.open();
  rest_door_.open(http_);
}

SessionCookie Node::cookie_of(const GatewayConfig& config) {
  return {config.sid_cookie, config.sid_cookie_path, config.sid_cookie_same_site,
          config.sid_cookie_http_only};
}

dialects::DoorParts Node::door_parts() {
  return {gate_,   accounts_,     chat_,     commands_, hub_,          sessions_, loop_,
          random_, online_marks_, watching_, guard_,    cut_sessions_, recall_};
}

RedisPresence::Counters Node::presence_link() {
  RedisPresence::Counters counters;
  counters.payload_refused = [this](auto) { metrics_.payloads_refused.Increment(); };
  counters.link = [this](std::string_view host, bool up, std::string_view why) {
    metrics_.presence_up.Set(up ? 1 : 0);
    process_.log().info("redis_presence", {{"host", host}, {"up", up}, {"why", why}});
  };
  return counters;
}

/// What was published since is found by asking; notices of users, once it has subscribed anew.
FeedCanary::Events Node::canary_events() {
  FeedCanary::Events events;
  events.changed = [this](std::size_t server, bool deaf) {
    process_.log().warning(deaf ? "redis_deaf" : "redis_heard", {{"server", server}});
    resilience_metrics_.redis_deaf.Set(static_cast<double>(canary_.deaf()));
    if (deaf) hub_.on_feed_back();
  };
  events.listen_anew = [this](std::size_t server) { feed_.listen_anew(server); };
  return events;
}

Node::~Node() { stop(); }

void Node::stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Node::join(const SessionOwner& self, std::vector<HttpServer*> loops,
                std::vector<GuestDoor*> doors) {
  forwarder_.join(self, std::move(loops));
  recall_.join(std::move(doors));
}

Result<std::uint16_t> Node::bind(std::uint16_t port) { return http_.start(port); }

void Node::run() {
  feed_.start(hub_, sessions_, receipts_);
  feed_.hear(canary_);
  presence_board_.start(typing_watch_);
  loop_.spawn([this] { return canary_.keep(); });
  loop_.spawn([this] { return watch_pressure(); });
  loop_.spawn([this] { return online_marks_.keep(); });
  loop_.spawn([this] { return presence_watch_.poll(); });
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
    cut_sessions_.sweep();
    heard_.sweep();
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
  metrics_.watchers.Set(static_cast<double>(watching_.size()));
  metrics_.cut_sessions.Set(static_cast<double>(cut_sessions_.size()));
  metrics_.guests.Set(static_cast<double>(guest_door_.open));
  dialects_.measure();
}

}  // namespace confab::gateway
