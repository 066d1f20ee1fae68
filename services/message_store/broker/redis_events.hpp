#pragma once

#include "common/redis/publisher.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Publishes to the channels that gateways subscribe to: "confab:room:<room_id in hex>" carries
/// event.v1.RoomEntries, "confab:users:<shard>" event.v1.UserNotice. Thread-safe.
class RedisEvents final : public Events {
 public:
  explicit RedisEvents(redis::Publisher& publisher) : publisher_(publisher) {}

  void committed(std::span<const Entry> entries, std::span<const std::string> json) override;
  void notify(const UserNotice& notice) override;
  void receipts(std::span<const Receipt> receipts) override;

 private:
  redis::Publisher& publisher_;
};

}  // namespace confab::message_store
