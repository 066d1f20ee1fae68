#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gateway/domain/presence_ports.hpp"
#include "gateway/domain/room_ports.hpp"

namespace confab::gateway {

/// What users here say of their typing: published if they may send to the room, and no more often
/// than others need to hear it. Event loop only.
class Typing {
 public:
  /// From one notice that a user types in a room to the next.
  static constexpr std::chrono::milliseconds kSpacing{3000};
  /// How long the store's word counts that a user may send.
  static constexpr std::chrono::milliseconds kAllowed{15'000};
  /// Rooms in which one user is known to type; more: rate_limited.
  static constexpr std::size_t kMaxRooms = 20;
  /// Users and rooms known; more: overloaded.
  static constexpr std::size_t kMaxKept = 50'000;

  struct Counters {
    std::function<void()> published = [] {};
    std::function<void()> gathered = [] {};  ///< Said again within kSpacing.
    std::function<void()> refused = [] {};
  };

  Typing(TypingChannel& channel, RoomStore& store, Loop& loop, Counters counters)
      : channel_(channel), store_(store), loop_(loop), counters_(std::move(counters)) {}

  /// The user has begun, goes on (`on`), or has ceased to type. Refused as a message would be:
  /// not_a_member, permission_denied, blocked.
  [[nodiscard]] Task<Result<>> say(User user, std::string gid, bool on);

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Key = std::pair<std::int64_t, std::string>;  // User and gid.
  struct Kept {
    std::shared_ptr<Gate> asked;        ///< Open once the store has answered.
    Result<std::uint64_t> room_id = 0;  ///< Or why the user may not send there.
    bool on = false;
    Time next_on{};  ///< Not published again before.
  };
  using KeptPtr = std::shared_ptr<Kept>;

  [[nodiscard]] Result<KeptPtr> keep(const Key& key);
  [[nodiscard]] Task<> ask(Key key, KeptPtr kept);
  void tell(const User& user, Kept& kept, bool on);
  void forget_old();

  TypingChannel& channel_;
  RoomStore& store_;
  Loop& loop_;
  Counters counters_;
  std::map<Key, KeptPtr> kept_;
  std::deque<std::pair<Time, Key>> by_age_;  // When the store's word ceases to count.
};

}  // namespace confab::gateway
