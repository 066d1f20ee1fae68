#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>

#include "common/runtime/process.hpp"
#include "gateway/broker/redis_feed.hpp"
#include "gateway/dialects/v1/rest_door.hpp"
#include "gateway/dialects/v1/socketio_door.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/gateway_metrics.hpp"
#include "gateway/loop/asio_loop.hpp"
#include "gateway/rpc/accounts_client.hpp"
#include "gateway/rpc/gateway_rpc.hpp"
#include "gateway/rpc/people_client.hpp"
#include "gateway/rpc/profiles_client.hpp"
#include "gateway/rpc/store_client.hpp"
#include "gateway/rpc/token_gate.hpp"
#include "gateway/socketio/server.hpp"

namespace confab::gateway {

/// The addresses of other processes, checked and ready.
struct Peers {
  std::vector<redis::Address> redis;
  std::shared_ptr<auth::v1::Auth::Stub> auth;
  std::shared_ptr<ProfilesClient::Stub> profiles;
  std::vector<std::shared_ptr<StoreClient::Stub>> stores;
  std::vector<std::shared_ptr<PeopleClient::Stub>> people;  ///< One a store.

  /// invalid_argument naming the malformed address. Connects to nothing yet.
  [[nodiscard]] static Result<Peers> from(const GatewayConfig& config);
};

/// The part of the composition root that lives on the event loop: everything between a client's
/// socket and the other services, and the thread that runs it. The members stand in the order of
/// their dependence.
class Node {
 public:
  /// Options for HttpServer are taken from `config`, whose listen address has been checked.
  Node(const GatewayConfig& config, const boost::asio::ip::tcp::endpoint& listen, Peers peers,
       runtime::Process& process, GatewayMetrics& metrics);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Binds the clients' port; unavailable when it is taken. Then runs the loop on its own thread:
  /// first it fetches the keys of the auth service, waiting for it if need be, then it accepts.
  [[nodiscard]] Result<> start();

  /// Refuses new clients, closes the transports of open ones so that they come back elsewhere, and
  /// waits for them at most `patience`. Called once, from main's thread.
  void drain(std::chrono::milliseconds patience);

  /// From any thread.
  [[nodiscard]] v1::DescribeResponse describe() const;

 private:
  [[nodiscard]] Task<> fetch_first_keys();
  [[nodiscard]] Task<> keep_house();
  [[nodiscard]] Task<> wait_for_clients(std::chrono::milliseconds patience);
  void measure();
  void give_back_memory();

  runtime::Process& process_;
  GatewayMetrics& metrics_;
  boost::asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
  const std::string instance_;
  const std::chrono::system_clock::time_point started_at_;
  AsioLoop loop_;
  std::shared_ptr<auth::v1::Auth::Stub> auth_;
  std::shared_ptr<ProfilesClient::Stub> profiles_stub_;
  AccountsClient accounts_;
  ProfilesClient profiles_;
  PeopleClient people_store_;
  StoreClient store_;
  TokenGate gate_;
  RedisFeed feed_;
  Hub hub_;
  SessionBook sessions_;
  HeardLog heard_;
  Chat chat_;
  People people_;
  dialects::Commands commands_;
  HttpServer http_;
  EngineServer engine_;
  SocketServer sockets_;
  dialects::SocketIoDoor socketio_door_;
  dialects::RestDoor rest_door_;
  std::size_t last_open_ = 0;  ///< Connections at the last housekeeping.
  std::size_t kept_for_ = 0;   ///< Connections when free memory was last given back.
  std::thread thread_;
};

}  // namespace confab::gateway
