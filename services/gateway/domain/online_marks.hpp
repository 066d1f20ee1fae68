#pragma once

#include <array>
#include <functional>
#include <unordered_set>
#include <vector>

#include "common/base/clock.hpp"
#include "gateway/domain/presence_ports.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// Keeps the marks of the users with a session here fresh: each is renewed once in `refresh`,
/// spread over it. Nobody is told of anybody, so users who come, all at once as it may be, cost one
/// write each and no more. Event loop only.
class OnlineMarks {
 public:
  /// Parts of `refresh`; a user's mark is renewed in one of them.
  static constexpr std::size_t kSlots = 64;
  /// Users who came that are marked in one part; the others in the next.
  static constexpr std::size_t kMaxNew = 5000;

  OnlineMarks(PresenceBoard& board, const SessionBook& sessions, Loop& loop, const Clock& clock,
              std::chrono::milliseconds refresh)
      : board_(board), sessions_(sessions), loop_(loop), clock_(clock), refresh_(refresh) {}

  /// The user has a session here now. Gone users need not be told of.
  void came(std::int64_t user_id);
  /// For ever.
  [[nodiscard]] Task<> keep();

  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  using Users = std::vector<std::int64_t>;

  void renew(Users& slot);

  PresenceBoard& board_;
  const SessionBook& sessions_;
  Loop& loop_;
  const Clock& clock_;
  const std::chrono::milliseconds refresh_;
  std::unordered_set<std::int64_t> known_;  // In new_ or a slot.
  Users new_;
  std::array<Users, kSlots> slots_;
};

}  // namespace confab::gateway
