#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "common/redis/address.hpp"

namespace confab::redis {

/// Publishes to one of several servers, chosen by the caller's bucket, from any thread. Fire and
/// forget: what cannot be queued is dropped and counted, because Redis carries no truth.
class Publisher {
 public:
  struct Events {
    std::function<void(std::string_view host, bool up, std::string_view why)> link;
    std::function<void(std::size_t count)> dropped;
  };

  /// At most this many bytes wait for the publishing thread; more is dropped.
  static constexpr std::size_t kMaxPendingBytes = 32UL << 20;

  /// `addresses` is not empty. The callbacks come from the publisher's thread.
  Publisher(std::vector<Address> addresses, Events events);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  struct Message {
    std::uint32_t bucket;
    std::string channel;
    std::string payload;
  };

  /// Messages of one thread to one channel keep their order. Those of one call leave together.
  void publish(std::span<const Message> messages);

  /// Whether all servers are connected.
  [[nodiscard]] bool is_up() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Which of `servers` servers a bucket lives on: equal runs of neighbouring buckets.
[[nodiscard]] std::size_t server_of_bucket(std::uint32_t bucket, std::size_t servers);

}  // namespace confab::redis
