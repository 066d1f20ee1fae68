#pragma once

#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "gateway/domain/rate_limiter.hpp"

namespace confab::gateway {

/// How often users may do what; see --help for what each is. Without rates, all as often as they
/// like.
struct CallRates {
  Rate commands{};
  Rate sends{};
  Rate room_sends{};  ///< Of one user to one room.
  Rate room{};        ///< Of all users to one room.
  Rate changes{};
  Rate pages{};
  Rate searches{};
  Rate creates{};
  Rate settings{};
};

/// What a command costs the system.
enum class CallKind {
  other,    ///< Counts as a command only.
  send,     ///< A message.
  change,   ///< Of a message: edit, redact, react, pin.
  page,     ///< A page of a log or a list.
  search,   ///< For words or users.
  create,   ///< Of a room or an invitation.
  setting,  ///< Of a room, a member, a profile.
};

/// Holds each user to their share of commands, by token buckets that all event loops of a gateway
/// share. Thread-safe.
class CallLimits {
 public:
  CallLimits(const CallRates& rates, const SteadyClock& clock);

  /// Success, or the error of the limit that was reached, with the time to wait; then nothing was
  /// counted.
  [[nodiscard]] Result<> admit(std::int64_t user_id, CallKind kind);
  /// The same for a message to a room, after admit().
  [[nodiscard]] Result<> admit_send(std::int64_t user_id, std::uint64_t room_id);

 private:
  struct Limit {
    RateLimiter limiter;
    ErrorCode code;
    std::string_view what;

    [[nodiscard]] Result<> take(const LimitKey& key, RateLimiter::Time now);
  };
  /// Null for what counts as a command only.
  [[nodiscard]] Limit* limit_of(CallKind kind);

  const SteadyClock& clock_;
  Limit commands_;
  Limit sends_;
  Limit room_sends_;
  Limit room_;
  Limit changes_;
  Limit pages_;
  Limit searches_;
  Limit creates_;
  Limit settings_;
};

/// The error of a limit of time: "at most <rate> <what>".
[[nodiscard]] Error too_fast(ErrorCode code, const Rate& rate, std::string_view what,
                             std::chrono::milliseconds wait);

}  // namespace confab::gateway
