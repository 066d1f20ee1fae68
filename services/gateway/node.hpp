#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "common/runtime/process.hpp"
#include "gateway/broker/redis_feed.hpp"
#include "gateway/broker/redis_presence.hpp"
#include "gateway/dialect_set.hpp"
#include "gateway/dialects/v1/plain_door.hpp"
#include "gateway/dialects/v1/rest_door.hpp"
#include "gateway/dialects/v1/socketio_door.hpp"
#include "gateway/domain/drain.hpp"
#include "gateway/domain/feed_canary.hpp"
#include "gateway/domain/lag_guard.hpp"
#include "gateway/domain/memory_guard.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/gateway_metrics.hpp"
#include "gateway/loop/asio_loop.hpp"
#include "gateway/peers.hpp"
#include "gateway/resilience_metrics.hpp"
#include "gateway/rpc/guest_door.hpp"
#include "gateway/rpc/session_forwarder.hpp"
#include "gateway/rpc/session_recall.hpp"
#include "gateway/rpc/token_gate.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway {

/// What holds clients to their shares, on all event loops together.
struct SharedLimits {
  explicit SharedLimits(const LimitsConfig& config)
      : calls(config.calls, clock), doors(config.doors, clock) {}

  const SystemSteadyClock clock;
  CallLimits calls;
  DoorLimits doors;
};

/// The part of the composition root that lives on one event loop: everything between a client's
/// socket and the other services, and the thread that runs it. The members stand in the order of
/// their dependence.
class Node {
 public:
  /// What it tells the other loops; from its own.
  struct Events {
    std::function<void()> ready;  ///< Once, when the keys of the auth service are there.
    std::function<void(const std::string& session_id)> revoked;  ///< It has heard of that.
  };

  /// The event loop `loop` of config.loop_count(). Options for HttpServer are taken from `config`,
  /// whose listen address has been checked.
  Node(const GatewayConfig& config, SharedLimits& limits, std::size_t loop,
       const boost::asio::ip::tcp::endpoint& listen, Peers peers, runtime::Process& process,
       Events events);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// What the options say; to be checked by valid() before a node is made.
  [[nodiscard]] static SessionCookie cookie_of(const GatewayConfig& config);

  /// Tells it where other gateways reach it, and the servers and guests' doors of all loops. Before
  /// bind().
  void join(const SessionOwner& self, std::vector<HttpServer*> loops,
            std::vector<GuestDoor*> doors);
  /// Binds the clients' port, the one of another loop if that is given. The port; unavailable when
  /// it is taken.
  [[nodiscard]] Result<std::uint16_t> bind(std::uint16_t port);
  /// The same with the dialects' own ports.
  [[nodiscard]] Result<std::vector<DialectPort>> bind_dialects(
      const std::vector<DialectPort>& bound) {
    return dialects_.bind(bound);
  }
  /// Runs the loop on its own thread, once.
  void run();
  /// Ends the thread.
  void stop();

  /// Another loop has heard that the session was revoked. From any thread.
  void revoke(const std::string& session_id);
  /// As Nodes::drain(); the future is there once it is done.
  [[nodiscard]] std::future<void> drain(std::chrono::milliseconds window);

  [[nodiscard]] HttpServer& http() { return http_; }
  [[nodiscard]] GuestDoor& guest_door() { return guest_door_; }
  [[nodiscard]] const GatewayMetrics& metrics() const { return metrics_; }

 private:
  /// What doors are made of; all of it stands before them.
  [[nodiscard]] dialects::DoorParts door_parts();
  [[nodiscard]] Task<> fetch_first_keys();
  [[nodiscard]] Task<> keep_house();
  [[nodiscard]] Task<> watch_pressure();
  [[nodiscard]] MemoryGuard::Use used_memory();
  [[nodiscard]] Task<> leave(std::chrono::milliseconds window);
  [[nodiscard]] Task<> wait_until(std::function<bool()> done, std::chrono::milliseconds patience);
  [[nodiscard]] RedisPresence::Counters presence_link();
  [[nodiscard]] FeedCanary::Events canary_events();
  void measure();
  void give_back_memory();

  runtime::Process& process_;
  const Events events_;
  const std::string name_;  ///< The number of the loop.
  GatewayMetrics metrics_;
  ResilienceMetrics resilience_metrics_;
  boost::asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
  AsioLoop loop_;
  std::shared_ptr<AccountsClient::Stub> auth_;
  std::shared_ptr<ProfilesClient::Stub> profiles_stub_;
  std::shared_ptr<StoreHealth> store_health_;
  std::shared_ptr<rpc::CallWindow> auth_calls_;
  AccountsClient accounts_;
  ProfilesClient profiles_;
  PeopleClient people_store_;
  StoreClient store_;
  SessionForwarder forwarder_;
  MessagesClient message_changes_store_;
  RoomsClient room_store_;
  TokenGate gate_;
  RedisFeed feed_;
  RedisPresence presence_board_;
  Hub hub_;
  FeedCanary canary_;
  SessionBook sessions_;
  Drain drain_;
  Intake intake_;
  MemoryGuard memory_;
  LagGuard lag_;
  CutSessions cut_sessions_;
  SessionRecall recall_;
  HeardLog heard_;
  Chat chat_;
  MessageChanges message_changes_;
  Rooms rooms_;
  ReadMarks read_marks_;
  Receipts receipts_;
  Typing typing_;
  TypingWatch typing_watch_;
  PresenceWatch presence_watch_;
  Watching watching_;
  OnlineMarks online_marks_;
  People people_;
  dialects::Commands commands_;
  dialects::DoorGuard guard_;
  HttpServer http_;
  EngineServer engine_;
  GuestDoor guest_door_;
  SocketServer sockets_;
  dialects::SessionHost session_host_;
  dialects::SocketIoDoor socketio_door_;
  dialects::PlainDoor plain_door_;
  dialects::RestDoor rest_door_;
  DialectSet dialects_;
  std::size_t last_open_ = 0;  ///< Connections at the last housekeeping.
  std::size_t kept_for_ = 0;   ///< Connections when free memory was last given back.
  std::chrono::steady_clock::time_point given_back_{};  ///< For want of memory.
  std::chrono::steady_clock::time_point accept_failed_at_{};
  std::thread thread_;
};

}  // namespace confab::gateway
