#pragma once

#include <functional>

#include "common/base/clock.hpp"
#include "message_store/domain/announcer.hpp"
#include "message_store/domain/room_lanes.hpp"
#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

inline constexpr std::chrono::seconds kInviteLife{7 * 24 * 3600};
inline constexpr std::chrono::seconds kLongestInviteLife{30 * 24 * 3600};
inline constexpr std::uint32_t kMaxInviteUses = 10'000;

/// Changes of rooms and of who may do what in them; RoomService makes rooms, adds and removes.
/// Calls block, and call `done` once, on this or a writer's thread. Thread-safe.
class RoomDesk {
 public:
  RoomDesk(Rooms& rooms, RoomLog& log, RoomChanges& changes, RoomLanes& lanes, People& people,
           Announcer& announcer, const Clock& clock, Random& random);

  /// invalid_argument for a bad name, topic, picture or kind, or nothing to change; else what
  /// RoomChanges::update says. The room has no members.
  void update(const std::string& gid, const Person& actor, RoomPatch patch,
              std::function<void(Result<Room>)> done);

  /// Enters a public room by its gid, or any by an invitation's code. Who is in it already gets the
  /// room, too, and uses nothing up. not_found for a code that is not good; not_a_member for a room
  /// that is not public; permission_denied.
  void join(const Person& user, const std::string& gid, const std::string& code,
            std::function<void(Result<Room>)> done);

  void set_role(const std::string& gid, const Person& actor, const Person& member,
                const std::string& role, std::function<void(Result<Member>)> done);
  void set_ban(const std::string& gid, const Person& actor, const Person& user, bool banned,
               std::function<void(Result<>)> done);

  struct NewInvite {
    std::string code;
    Invite invite;
  };
  /// `life` 0: kInviteLife; `uses` 0: any number. invalid_argument for what is too much.
  [[nodiscard]] Result<NewInvite> invite(const std::string& gid, const Person& actor,
                                         std::chrono::seconds life, std::uint32_t uses);
  [[nodiscard]] Result<> revoke_invite(const std::string& gid, std::int64_t actor_id,
                                       const std::string& code);

 private:
  /// Runs the job in the room's lane; overloaded when its queue is full.
  template <typename T>
  void in_lane(std::uint64_t room_id, std::function<void(Result<T>)> done,
               std::function<Result<T>()> job);
  void announce(const Room& room, const Entry& entry, const Person& actor, const Person& subject);

  Rooms& rooms_;
  RoomLog& log_;
  RoomChanges& changes_;
  RoomLanes& lanes_;
  People& people_;
  Announcer& announcer_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace confab::message_store
