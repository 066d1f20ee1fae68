#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/domain/presence_watch.hpp"
#include "gateway/domain/typing_watch.hpp"

namespace confab::gateway {

/// Which rooms the sessions here look at: only they hear of typing and presence there. For members
/// alone; who is blocked in a direct room sees nothing of it. Event loop only.
class Watching {
 public:
  /// Rooms that a session looks at. With one more it ceases to look at the one it began with first.
  static constexpr std::size_t kMaxRooms = 8;

  Watching(RoomStore& store, TypingWatch& typing, PresenceWatch& presence)
      : store_(store), typing_(typing), presence_(presence) {}

  /// Who of a page of members is connected now. not_a_member.
  [[nodiscard]] Task<Result<PresencePage>> look(User reader, std::string gid, UserRange range);
  /// The same, and the session hears of changes and of typing from then on, instead of those of any
  /// other page of the room. unavailable when the session is over.
  [[nodiscard]] Task<Result<PresencePage>> watch(std::shared_ptr<Session> session, std::string gid,
                                                 UserRange range);
  void unwatch(const Session& session, const std::string& gid);
  /// The session is over.
  void leave(const Session& session);

  /// gids of the rooms that the session looks at.
  [[nodiscard]] std::vector<std::string> rooms_of(const Session& session) const;
  /// Sessions that look at rooms.
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

  void on_entries(std::uint64_t room_id, const std::vector<std::shared_ptr<const Entry>>& entries) {
    typing_.on_entries(room_id, entries);
    presence_.on_entries(room_id, entries);
  }

 private:
  struct Look {
    std::string gid;
    std::uint64_t room_id = 0;  ///< 0: not known yet.
    std::uint64_t number = 0;   ///< Tells it from an earlier look at the same room.
  };

  [[nodiscard]] Look* find(const Session& session, const std::string& gid);
  [[nodiscard]] std::uint64_t begin(const Session& session, const std::string& gid);
  void cease(const Session& session, const Look& look);

  RoomStore& store_;
  TypingWatch& typing_;
  PresenceWatch& presence_;
  std::unordered_map<const Session*, std::vector<Look>> sessions_;  // The first begun first.
  std::uint64_t last_number_ = 0;
};

}  // namespace confab::gateway
