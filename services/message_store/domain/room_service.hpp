#pragma once

#include <functional>

#include "common/base/clock.hpp"
#include "message_store/domain/announcer.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/rendered_page.hpp"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {

/// Most members that can be named when a room is made (docs/protocol.md, "Limits").
inline constexpr std::uint32_t kMaxPage = 1000;
/// Everything about rooms except sending into them. Calls block unless they take a `done`, which is
/// called once, on this or a writer's thread. Thread-safe.
class RoomService {
 public:
  RoomService(Rooms& rooms, RoomLog& log, RoomLanes& lanes, People& people, Announcer& announcer,
              const Clock& clock, Random& random, const StoreLimits& limits = {});

  /// invalid_argument for a bad name, kind, topic or picture; too_many_members; what
  /// Rooms::create() says. Tells every member.
  [[nodiscard]] Result<Room> create(const Person& creator, const std::string& name,
                                    const std::string& kind, std::vector<Person> members,
                                    const std::string& topic = "", const std::string& picture = "");

  /// The one direct room of the two; who had left comes back. invalid_argument for oneself.
  void open_direct(const Person& opener, const Person& other,
                   std::function<void(Result<Room>)> done);

  /// not_a_member unless `reader_id` is 0 or a member, or looks at a public room with its members.
  [[nodiscard]] Result<Room> get(const std::string& gid, std::int64_t reader_id, bool with_members);
  [[nodiscard]] Result<std::vector<Room>> list(std::int64_t user_id, std::uint32_t limit);

  void add_member(const std::string& gid, const Person& actor, const Person& member,
                  const std::string& role, std::function<void(Result<Member>)> done);
  void remove_member(const std::string& gid, const Person& actor, std::int64_t member_id,
                     std::function<void(Result<>)> done);

  /// As RoomLog::read, and at most kMaxPageBytes: then the page ends earlier and says `more`.
  [[nodiscard]] Result<RenderedPage> read(std::uint64_t room_id, std::int64_t reader_id,
                                          const LogRange& range);
  /// Those of the users who are members.
  [[nodiscard]] Result<std::vector<std::int64_t>> members_among(
      std::uint64_t room_id, std::span<const std::int64_t> user_ids) {
    return rooms_.members_among(room_id, user_ids);
  }
  [[nodiscard]] Result<std::vector<Head>> heads(std::span<const std::uint64_t> rooms);

 private:
  using Change = Result<MemberOutcome> (RoomLog::*)(const MemberChange&);

  [[nodiscard]] NewRoom blank_room();
  [[nodiscard]] Result<Room> find_or_create_direct(const Person& opener, const Person& other,
                                                   bool* created);
  /// Runs the change in the room's lane and tells gateways of it.
  void change(const Room& room, const MemberChange& change, Change method,
              std::function<void(Result<MemberOutcome>)> done);
  void tell_members(const Room& room);

  Rooms& rooms_;
  RoomLog& log_;
  RoomLanes& lanes_;
  People& people_;
  Announcer& announcer_;
  const Clock& clock_;
  Random& random_;
  const StoreLimits limits_;
};

}  // namespace confab::message_store
