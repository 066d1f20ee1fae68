#pragma once

#include <memory>
#include <vector>

#include "common/redis/address.hpp"
#include "gateway/gateway_config.hpp"
#include "gateway/resilience_metrics.hpp"
#include "gateway/rpc/accounts_client.hpp"
#include "gateway/rpc/messages_client.hpp"
#include "gateway/rpc/people_client.hpp"
#include "gateway/rpc/profiles_client.hpp"
#include "gateway/rpc/rooms_client.hpp"
#include "gateway/rpc/store_client.hpp"

namespace confab::gateway {

/// The addresses of other processes, checked and ready.
struct Peers {
  std::vector<redis::Address> redis;
  std::shared_ptr<AccountsClient::Stub> auth;
  std::shared_ptr<ProfilesClient::Stub> profiles;
  std::shared_ptr<rpc::CallWindow> auth_calls;  ///< Of both.
  std::vector<StoreClient::Store> stores;
  std::shared_ptr<StoreHealth> store_health;                    ///< Of these stores.
  std::vector<std::shared_ptr<MessagesClient::Stub>> messages;  ///< Of the same stores.
  std::vector<std::shared_ptr<RoomsClient::Stub>> room_stores;
  std::vector<std::shared_ptr<PeopleClient::Stub>> people;

  /// invalid_argument naming the malformed address. Connects to nothing yet. The calls are counted
  /// in the metrics, which outlive them.
  [[nodiscard]] static Result<Peers> from(const GatewayConfig& config,
                                          const metrics::Target& registry);
};

}  // namespace confab::gateway
