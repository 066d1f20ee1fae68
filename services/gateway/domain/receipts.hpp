#pragma once

#include <map>
#include <unordered_map>

#include "gateway/domain/hub.hpp"

namespace confab::gateway {

/// How far a user has read, as the feed brings it.
struct Receipt {
  std::uint64_t room_id = 0;
  std::int64_t user_id = 0;
  std::uint64_t seq = 0;
  std::string json;  ///< The client's "read" object.
};

/// Tells those who listen to a room how far others have read it, within a budget by how many
/// listen on this gateway: the latest position of each reader, gathered over a window; in very
/// large rooms nothing but a user's own position to their own devices. Nothing here is a promise:
/// what is too much is dropped, and clients may ask for readers. Event loop only.
class Receipts {
 public:
  /// Listeners up to which the window is short; above kLargeRoom only own devices hear.
  static constexpr std::size_t kSmallRoom = 100;
  static constexpr std::size_t kLargeRoom = 1000;
  static constexpr std::chrono::milliseconds kShortWindow{500};
  static constexpr std::chrono::milliseconds kLongWindow{5000};
  /// Positions told in one window; the rest wait for the next.
  static constexpr std::size_t kMaxAtOnce = 100;
  /// Readers of one room that wait; more are dropped.
  static constexpr std::size_t kMaxWaiting = 1000;

  Receipts(Hub& hub, Loop& loop) : hub_(hub), loop_(loop) {}

  void on_receipt(Receipt receipt);

 private:
  using Waiting = std::map<std::int64_t, Receipt>;  // By reader.

  [[nodiscard]] Task<> tell_later(std::uint64_t room_id, std::chrono::milliseconds window);
  /// Whether some are left for another window.
  [[nodiscard]] bool tell(std::uint64_t room_id);

  Hub& hub_;
  Loop& loop_;
  std::unordered_map<std::uint64_t, Waiting> rooms_;
};

}  // namespace confab::gateway
