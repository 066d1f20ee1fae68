#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <unordered_map>

#include "common/redis/subscriber.hpp"
#include "gateway/domain/feed_canary.hpp"
#include "gateway/domain/receipts.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::event::v1 {
class RoomEntries;
}

namespace confab::gateway {

/// What the feed reports to whoever counts.
struct FeedCounters {
  std::function<void(std::string_view channel)> payload_refused = [](auto) {};
  std::function<void(std::string_view host, bool up, std::string_view why)> link = [](auto...) {};
};

/// The channels the message-store publishes to (services/message_store/broker), as the hub and the
/// session book want them. Payloads are parsed as hostile. Event loop only.
class RedisFeed final : public Feed {
 public:
  /// How long a join waits for a confirmation before it goes on without.
  static constexpr std::chrono::milliseconds kConfirmation{1000};
  /// Rooms confirmed again within this time are compared with the store at once.
  static constexpr std::chrono::milliseconds kGathering{100};

  RedisFeed(boost::asio::io_context& io, Loop& loop, const std::vector<redis::Address>& addresses,
            FeedCounters counters);

  /// Begins to connect; the targets outlive this object.
  void start(Hub& hub, SessionBook& sessions, Receipts& receipts);
  /// Tells `canary` of its messages from now on; it outlives this object.
  void hear(FeedCanary& canary);
  /// For a canary that hears nothing.
  void listen_anew(std::size_t server) { subscriber_.reconnect(server); }

  [[nodiscard]] Task<bool> follow_rooms(std::vector<std::uint64_t> rooms) override;
  void unfollow_room(std::uint64_t room_id) override;

 private:
  struct Channel {
    std::shared_ptr<Gate> confirmed;
    /// Something may have been published there that nobody heard: it was confirmed before, or those
    /// who wanted it have gone on without.
    bool may_have_missed = false;
  };

  void want(std::uint32_t bucket, const std::string& name);
  void drop(const std::string& name);
  [[nodiscard]] Task<bool> confirmed(std::vector<std::string> names);
  void on_subscribed(const std::string& name);
  void compare_soon();
  void on_message(std::string_view channel, std::string_view payload);
  void on_room(std::string_view channel, std::string_view payload);
  void on_receipts(std::string_view channel, event::v1::RoomEntries& parsed);
  void on_user(std::string_view channel, std::string_view payload);

  Loop& loop_;
  FeedCounters counters_;
  Hub* hub_ = nullptr;
  SessionBook* sessions_ = nullptr;
  Receipts* receipts_ = nullptr;
  FeedCanary* canary_ = nullptr;
  bool comparing_soon_ = false;
  std::unordered_map<std::string, Channel> channels_;
  redis::Subscriber subscriber_;
};

}  // namespace confab::gateway
