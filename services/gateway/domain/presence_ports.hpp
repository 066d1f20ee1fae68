#pragma once

#include <vector>

#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// Port: when users were last connected somewhere, as far as that is remembered. Nothing here is a
/// promise.
class PresenceBoard {
 public:
  virtual ~PresenceBoard() = default;
  /// They are connected now. Not waited for; lost where it cannot be written.
  virtual void mark(const std::vector<std::int64_t>& users, std::int64_t now_ms) = 0;
  /// The last mark of each, in their order; 0: none is remembered. unavailable, within a second.
  [[nodiscard]] virtual Task<Result<std::vector<std::int64_t>>> last_marks(
      std::vector<std::int64_t> users) = 0;
};

/// The user has begun, goes on, or has ceased to type.
struct TypingNotice {
  std::uint64_t room_id = 0;
  User user;
  bool on = true;
};

/// Port: word of who types, between gateways. Delivery is at most once.
class TypingChannel {
 public:
  virtual ~TypingChannel() = default;
  /// Not waited for.
  virtual void publish(const TypingNotice& notice) = 0;
  /// Notices of the room come from some moment on, until unfollow(). Once per room.
  virtual void follow(std::uint64_t room_id) = 0;
  virtual void unfollow(std::uint64_t room_id) = 0;
};

}  // namespace confab::gateway
