#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// Port: publishes to a channel of one of the servers that live events come through.
class CanarySender {
 public:
  virtual ~CanarySender() = default;
  /// Whether the server has taken it, within a second or so. Whether it arrives is what the caller
  /// wants to find out.
  [[nodiscard]] virtual Task<bool> publish_canary(std::size_t server, std::string channel) = 0;
};

/// Finds out whether live events reach this event loop at all: sends itself a message through each
/// server and expects to hear it. A connection that is up and answers may be deaf all the same: not
/// allowed to listen, or to a server that nobody publishes to any more. A message that the server
/// has not taken proves nothing. Heads are compared all the time; so a deaf loop is late, by two
/// seconds, and never wrong. Event loop only.
class FeedCanary {
 public:
  static constexpr std::chrono::milliseconds kEvery{2000};
  /// Deaf is who is not subscribed for so long, or has not heard a message that the server took so
  /// long ago. It listens anew then, and again after pauses that double, since after each time all
  /// sessions look at their rooms again.
  static constexpr std::chrono::milliseconds kDeafAfter{10'000};
  static constexpr std::chrono::milliseconds kLongestPause{160'000};

  struct Events {
    /// A server has become deaf, or is heard again: then what was published meanwhile was missed.
    std::function<void(std::size_t server, bool deaf)> changed = [](auto...) {};
    /// Connect and subscribe to it once more.
    std::function<void(std::size_t server)> listen_anew = [](auto) {};
  };

  FeedCanary(CanarySender& sender, Loop& loop, Random& random, std::size_t servers, Events events);

  /// The channel by which this loop sends itself messages through that server, and no other does.
  [[nodiscard]] std::string channel(std::size_t server) const;
  /// Which server the channel is of; nothing when it is none of these.
  [[nodiscard]] std::optional<std::size_t> server_of(std::string_view channel) const;
  [[nodiscard]] std::size_t servers() const { return states_.size(); }

  /// For ever.
  [[nodiscard]] Task<> keep();
  void on_heard(std::size_t server);
  /// From now on its messages can be heard there.
  void on_subscribed(std::size_t server);
  /// The connection is lost, and the subscription with it.
  void on_lost(std::size_t server);
  /// Servers that are not heard.
  [[nodiscard]] std::size_t deaf() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct State {
    Time heard{};
    /// Since when it is not subscribed, or when the first message was sent that was taken and not
    /// heard.
    std::optional<Time> doubtful_since;
    Time tried{};  ///< To listen anew.
    std::chrono::milliseconds pause{0};
    bool deaf = false;
  };

  [[nodiscard]] Task<> send(std::size_t server);
  void look(std::size_t server);

  CanarySender& sender_;
  Loop& loop_;
  const std::string prefix_;
  const Events events_;
  std::vector<State> states_;
};

}  // namespace confab::gateway
