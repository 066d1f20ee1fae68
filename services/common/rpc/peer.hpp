#pragma once

#include <grpcpp/channel.h>

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "common/base/result.hpp"

namespace confab::rpc {

/// The way to a process by its name. While a name cannot be resolved gRPC waits longer and longer,
/// up to two minutes, before it asks for it again, and no option of it says otherwise. So a channel
/// that has failed for kPatience is replaced by another, which asks at once. Thread-safe.
class Peer {
 public:
  using Channel = std::shared_ptr<grpc::Channel>;
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::milliseconds kPatience{3000};

  /// `make` makes a channel to the process; called now, and for each that replaces the last.
  explicit Peer(std::function<Channel()> make,
                std::function<Time()> now = &std::chrono::steady_clock::now);

  /// invalid_argument when `address` is not host:port.
  [[nodiscard]] static Result<std::shared_ptr<Peer>> at(const std::string& address);

  /// The channel for the next call.
  [[nodiscard]] Channel channel();

 private:
  const std::function<Channel()> make_;
  const std::function<Time()> now_;
  std::mutex mutex_;  // Guards the two below.
  Channel channel_;
  std::optional<Time> failing_since_;
};

/// The stub of one service of a peer, on its channel of the moment. Thread-safe.
template <typename Service>
class StubOf {
 public:
  using Stub = typename Service::Stub;
  using Async = std::remove_pointer_t<decltype(std::declval<Stub&>().async())>;

  explicit StubOf(std::shared_ptr<Peer> peer) : peer_(std::move(peer)) {}
  /// On one channel for ever.
  explicit StubOf(const Peer::Channel& channel)
      : StubOf(std::make_shared<Peer>([channel] { return channel; })) {}

  /// For one call.
  [[nodiscard]] std::shared_ptr<Async> async() {
    auto channel = peer_->channel();
    const std::lock_guard lock(mutex_);
    if (channel != channel_) {
      stub_ = Service::NewStub(channel);
      channel_ = std::move(channel);
    }
    return {stub_, stub_->async()};
  }

 private:
  const std::shared_ptr<Peer> peer_;
  std::mutex mutex_;  // Guards the two below.
  Peer::Channel channel_;
  std::shared_ptr<Stub> stub_;
};

}  // namespace confab::rpc
