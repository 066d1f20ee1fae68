#include "gateway/peers.hpp"

#include "common/rpc/peer.hpp"

namespace confab::gateway {
namespace {

rpc::CallWindow::Events counted(const CallMetrics& metrics) {
  rpc::CallWindow::Events events;
  events.under_way = [&gauge = metrics.under_way](int change) { gauge.Increment(change); };
  events.refused = [&counter = metrics.refused] { counter.Increment(); };
  return events;
}

}  // namespace

Result<Peers> Peers::from(const GatewayConfig& config, const metrics::Target& registry) {
  Peers peers;
  auto redis = redis::parse_addresses(config.redis_urls);
  if (!redis) return redis.error();
  peers.redis = std::move(*redis);
  const auto auth = rpc::Peer::at(config.auth_address);
  if (!auth) return auth.error();
  peers.auth = std::make_shared<AccountsClient::Stub>(*auth);
  peers.profiles = std::make_shared<ProfilesClient::Stub>(*auth);
  peers.auth_calls = std::make_shared<rpc::CallWindow>(config.resilience.max_calls,
                                                       counted(CallMetrics(registry, "auth")));
  for (const auto& address : config.message_stores) {
    const auto store = rpc::Peer::at(address);
    if (!store) return store.error();
    peers.stores.push_back({address, std::make_shared<StoreClient::Stub>(*store)});
    peers.messages.push_back(std::make_shared<MessagesClient::Stub>(*store));
    peers.room_stores.push_back(std::make_shared<RoomsClient::Stub>(*store));
    peers.people.push_back(std::make_shared<PeopleClient::Stub>(*store));
  }
  StoreHealth::Options stores;
  stores.max_calls = config.resilience.max_calls;
  stores.calls = counted(CallMetrics(registry, "message_store"));
  peers.store_health = std::make_shared<StoreHealth>(peers.stores.size(), stores);
  return peers;
}

}  // namespace confab::gateway
