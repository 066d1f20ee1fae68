#include "gateway/peers.hpp"

#include "common/rpc/peer.hpp"

namespace confab::gateway {

Result<Peers> Peers::from(const GatewayConfig& config) {
  Peers peers;
  auto redis = redis::parse_addresses(config.redis_urls);
  if (!redis) return redis.error();
  peers.redis = std::move(*redis);
  const auto auth = rpc::Peer::at(config.auth_address);
  if (!auth) return auth.error();
  peers.auth = std::make_shared<AccountsClient::Stub>(*auth);
  peers.profiles = std::make_shared<ProfilesClient::Stub>(*auth);
  for (const auto& address : config.message_stores) {
    const auto store = rpc::Peer::at(address);
    if (!store) return store.error();
    peers.stores.push_back({address, std::make_shared<StoreClient::Stub>(*store)});
    peers.messages.push_back(std::make_shared<MessagesClient::Stub>(*store));
    peers.room_stores.push_back(std::make_shared<RoomsClient::Stub>(*store));
    peers.people.push_back(std::make_shared<PeopleClient::Stub>(*store));
  }
  peers.store_health = std::make_shared<StoreHealth>(peers.stores.size());
  return peers;
}

}  // namespace confab::gateway
