#include "gateway/peers.hpp"

#include "common/rpc/client.hpp"

namespace confab::gateway {

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
    peers.stores.push_back({address, message_store::v1::MessageStore::NewStub(*store)});
    peers.messages.push_back(message_store::v1::Messages::NewStub(*store));
    peers.room_stores.push_back(message_store::v1::Rooms::NewStub(*store));
    peers.people.push_back(message_store::v1::People::NewStub(*store));
  }
  peers.store_health = std::make_shared<StoreHealth>(peers.stores.size());
  return peers;
}

}  // namespace confab::gateway
