#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "gateway/domain/presence_events.hpp"
#include "gateway/domain/presence_ports.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// Who types in the rooms that somebody here looks at: told to those who look, all of it at once
/// and no more often than spacing_for() them. A room nobody looks at costs nothing. Event loop
/// only.
class TypingWatch {
 public:
  /// Who is not heard of again for so long has ceased to type.
  static constexpr std::chrono::milliseconds kLife{6000};
  static constexpr std::chrono::milliseconds kSpacing{300};
  /// Users named in an event; the others are only counted.
  static constexpr std::size_t kNamed = 5;
  /// Users known to type in one room; more are not noticed.
  static constexpr std::size_t kMaxTypers = 100;

  TypingWatch(TypingChannel& channel, Loop& loop) : channel_(channel), loop_(loop) {}

  /// Until unwatch(), which is due before the session's end. Who types already is told soon.
  void watch(std::shared_ptr<Session> session, const RoomRef& room);
  void unwatch(const Session& session, std::uint64_t room_id);

  void on_notice(const TypingNotice& notice);
  /// Entries of the room's log: who has sent a message or has left does not type.
  void on_entries(std::uint64_t room_id, const std::vector<std::shared_ptr<const Entry>>& entries);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Typer {
    User user;
    Time until;
  };
  struct Watcher {
    std::shared_ptr<Session> session;
    bool sees_some = false;  ///< Was told last that somebody types.
    bool behind = false;     ///< What was last to be told was lost.
  };
  struct Room {
    explicit Room(RoomRef its_ref) : ref(std::move(its_ref)) {}
    RoomRef ref;
    std::unordered_map<const Session*, Watcher> watchers;
    std::vector<Typer> typers;  // Those who began first stand first.
    bool changed = false;
    bool busy = false;  // go_on() runs.
  };
  using RoomPtr = std::shared_ptr<Room>;

  void change(const RoomPtr& room);
  [[nodiscard]] Task<> go_on(RoomPtr room);
  static void cease(const RoomPtr& room, std::int64_t user_id);
  static bool tell(Room& room, bool changed);
  static void offer(Room& room, Watcher& watcher, const EventBatch& to_others);

  TypingChannel& channel_;
  Loop& loop_;
  std::unordered_map<std::uint64_t, RoomPtr> rooms_;
};

}  // namespace confab::gateway
