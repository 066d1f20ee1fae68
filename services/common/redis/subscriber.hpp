#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/redis/address.hpp"
#include "common/redis/link.hpp"

namespace confab::redis {

/// Subscriptions to channels on one of several servers, chosen by bucket. After a lost connection
/// it subscribes again by itself and says so, since messages in between are gone. Everything runs
/// on the loop's one thread.
class Subscriber {
 public:
  struct Events {
    std::function<void(std::string_view channel, std::string_view payload)> message;
    /// The server confirmed: from now on nothing published there is missed while it stays up.
    std::function<void(std::string_view channel)> subscribed;
    std::function<void(std::size_t server, std::string_view host, bool up, std::string_view why)>
        link;
  };

  /// `addresses` is not empty.
  Subscriber(boost::asio::io_context& loop, const std::vector<Address>& addresses, Events events);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  void start();

  /// Wants the channel until unsubscribe(). Once per channel.
  void subscribe(std::uint32_t bucket, const std::string& channel);
  /// The same on a certain server, 0 to the number of addresses - 1.
  void subscribe_at(std::size_t server, const std::string& channel);
  void unsubscribe(const std::string& channel);

  /// Ends the connection to the server, if there is one, and begins another, with all its
  /// subscriptions.
  void reconnect(std::size_t server);

  [[nodiscard]] bool is_up() const;

 private:
  /// Channels in one SUBSCRIBE command after a reconnect.
  static constexpr std::size_t kChannelsPerCommand = 256;

  void on_up(std::size_t server);
  void on_reply(const Reply& reply);

  Events events_;
  std::vector<std::shared_ptr<Link>> links_;
  std::unordered_map<std::string, std::size_t> wanted_;  // Channel to server.
};

}  // namespace confab::redis
