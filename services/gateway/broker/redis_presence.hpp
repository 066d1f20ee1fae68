#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <string>
#include <vector>

#include "common/redis/keys.hpp"
#include "common/redis/subscriber.hpp"
#include "gateway/domain/feed_canary.hpp"
#include "gateway/domain/typing_watch.hpp"

namespace confab::gateway {

/// Marks of who is connected, and word of who types, in Redis; on connections of their own, so that
/// none of it comes between messages. Event loop only.
class RedisPresence final : public PresenceBoard, public TypingChannel, public CanarySender {
 public:
  /// How long it is known when a user was last seen.
  static constexpr std::chrono::hours kMarkLife{30 * 24};

  struct Counters {
    std::function<void(std::string_view channel)> payload_refused = [](auto) {};
    std::function<void(std::string_view host, bool up, std::string_view why)> link = [](auto...) {};
  };

  RedisPresence(boost::asio::io_context& io, Loop& loop,
                const std::vector<redis::Address>& addresses, Counters counters);

  /// Begins to connect; the target outlives this object.
  void start(TypingWatch& typing);

  void mark(const std::vector<std::int64_t>& users, std::int64_t now_ms) override;
  [[nodiscard]] Task<Result<std::vector<std::int64_t>>> last_marks(
      std::vector<std::int64_t> users) override;

  void publish(const TypingNotice& notice) override;
  void follow(std::uint64_t room_id) override;
  void unfollow(std::uint64_t room_id) override;

  [[nodiscard]] Task<bool> publish_canary(std::size_t server, std::string channel) override;

 private:
  struct Reading;

  void on_message(std::string_view channel, std::string_view payload);

  Loop& loop_;
  Counters counters_;
  TypingWatch* typing_ = nullptr;
  redis::Keys keys_;
  redis::Subscriber subscriber_;
};

}  // namespace confab::gateway
