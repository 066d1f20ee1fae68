#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "common/redis/publisher.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// Tells the other message-stores which rooms have grown, for the one of them that delivers to an
/// endpoint: the channel "confab:webhooks" carries event.v1.RoomMarks. Fire and forget.
class RedisMarks {
 public:
  using Heard = std::function<void(std::span<const RoomMark> marks)>;

  /// `heard` is called with what others publish, on a thread of its own. `origin` tells apart what
  /// this store published.
  RedisMarks(redis::Publisher& publisher, const std::vector<redis::Address>& addresses,
             std::string origin, Heard heard);
  ~RedisMarks();

  /// Thread-safe.
  void publish(std::span<const RoomMark> marks);

  /// Whether the others are heard now. For tests.
  [[nodiscard]] bool is_listening() const;

 private:
  struct Ear;
  redis::Publisher& publisher_;
  const std::string origin_;
  std::unique_ptr<Ear> ear_;
};

}  // namespace confab::message_store
