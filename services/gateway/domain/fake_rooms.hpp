#pragma once

// Test support: the store of rooms in memory.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "gateway/domain/room_ports.hpp"

namespace confab::gateway::testing {

/// Remembers what it is asked, as "update wjLJb3Jo ann name=Tea"; answers with what it holds, or
/// fails with `error`. Positions end at `head`; who is in `strangers` is no member.
class FakeRoomStore final : public RoomStore {
 public:
  std::vector<std::string> calls;
  std::optional<Error> error;
  Room room;
  MyRooms my_rooms;
  ListPage<PublicRoom> publics;
  ListPage<Member> people;
  ListPage<Ban> banned;
  Standing stands{7, true, false};
  Readers have_read;
  std::map<std::string, Ack> stored;  // By client_msg_id.
  std::uint64_t head = 1000;
  std::vector<std::int64_t> strangers;
  std::map<std::pair<std::int64_t, std::uint64_t>, std::uint64_t> positions;

  Task<Result<Room>> update_room(std::string gid, User actor, RoomPatch patch) override {
    auto call = "update " + gid + " " + actor.username;
    if (patch.name) call += " name=" + *patch.name;
    if (patch.topic) call += " topic=" + *patch.topic;
    if (patch.picture) call += " picture=" + *patch.picture;
    if (patch.kind) call += " kind=" + *patch.kind;
    if (patch.archived) call += *patch.archived ? " archived" : " unarchived";
    co_return answer(std::move(call), room);
  }
  std::function<void()> on_join = [] {};

  Task<Result<Room>> join_room(User user, std::string gid, std::string code) override {
    if (!error) on_join();
    co_return answer("join " + user.username + " " + gid + code, room);
  }
  Task<Result<Member>> set_role(std::string gid, User actor, User member,
                                std::string role) override {
    const Member changed{member, role, 1700, actor.username};
    co_return answer("role " + gid + " " + actor.username + " " + member.username + " " + role,
                     changed);
  }
  Task<Result<>> set_ban(std::string gid, User actor, User user, bool is_banned) override {
    calls.push_back((is_banned ? "ban " : "unban ") + gid + " " + actor.username + " " +
                    user.username);
    if (error) co_return *error;
    co_return Result<>();
  }
  Task<Result<Invite>> create_invite(std::string gid, User actor, std::uint32_t life_s,
                                     std::uint32_t uses) override {
    const Invite invite{gid + "-secret", 1700, uses};
    co_return answer("invite " + gid + " " + actor.username + " " + std::to_string(life_s) + " " +
                         std::to_string(uses),
                     invite);
  }
  Task<Result<>> revoke_invite(std::string gid, std::int64_t actor_id, std::string code) override {
    calls.push_back("revoke " + gid + " " + std::to_string(actor_id) + " " + code);
    if (error) co_return *error;
    co_return Result<>();
  }
  Task<Result<MyRooms>> list_mine(std::int64_t user_id, MyRoomsQuery query) override {
    co_return answer("mine " + std::to_string(user_id) + " " + query.after + " " +
                         std::to_string(query.limit) + (query.archived ? " archived" : ""),
                     my_rooms);
  }
  Task<Result<ListPage<PublicRoom>>> list_public(std::int64_t user_id, PublicQuery query) override {
    co_return answer("public " + std::to_string(user_id) + " " + query.text + " " + query.after +
                         " " + std::to_string(query.limit),
                     publics);
  }
  Task<Result<ListPage<Member>>> list_members(std::string gid, std::int64_t reader_id,
                                              UserRange range) override {
    co_return answer("members " + gid + " " + std::to_string(reader_id) + in(range), people);
  }
  Task<Result<ListPage<Ban>>> list_bans(std::string gid, std::int64_t reader_id,
                                        UserRange range) override {
    co_return answer("bans " + gid + " " + std::to_string(reader_id) + in(range), banned);
  }
  Task<Result<Standing>> standing(std::string gid, std::int64_t user_id) override {
    calls.push_back("standing " + gid + " " + std::to_string(user_id));
    if (error) co_return *error;
    if (std::count(strangers.begin(), strangers.end(), user_id) > 0) {
      co_return Error{ErrorCode::not_a_member, "you are not a member of the room"};
    }
    co_return stands;
  }
  Task<Result<std::vector<Result<std::uint64_t>>>> mark_read(std::vector<ReadMark> marks) override {
    std::string call = "mark";
    std::vector<Result<std::uint64_t>> outcomes;
    for (const auto& mark : marks) {
      call += " " + mark.user.username + ":" + std::to_string(mark.room_id) + ":" +
              std::to_string(mark.seq);
      auto& now = positions[{mark.user.id, mark.room_id}];
      now = std::max(now, std::min(mark.seq, head));
      const bool is_in = std::count(strangers.begin(), strangers.end(), mark.user.id) == 0;
      outcomes.push_back(is_in ? Result<std::uint64_t>(now)
                               : Result<std::uint64_t>(Error{ErrorCode::not_a_member, "no"}));
    }
    co_return answer(std::move(call), outcomes);
  }
  Task<Result<Readers>> list_readers(std::uint64_t room_id, std::int64_t reader_id,
                                     std::uint64_t seq, UserRange range) override {
    co_return answer("readers " + std::to_string(room_id) + " " + std::to_string(reader_id) + " " +
                         std::to_string(seq) + in(range),
                     have_read);
  }
  Task<Result<std::optional<Ack>>> find_message(std::uint64_t room_id, std::int64_t sender_id,
                                                std::string client_msg_id) override {
    std::optional<Ack> found;
    if (stored.contains(client_msg_id)) found = stored[client_msg_id];
    co_return answer(
        "find " + std::to_string(room_id) + " " + std::to_string(sender_id) + " " + client_msg_id,
        found);
  }

 private:
  static std::string in(const UserRange& range) {
    return " " + std::to_string(range.after) + " " + std::to_string(range.limit);
  }
  template <typename T>
  Result<T> answer(std::string call, const T& held) {
    calls.push_back(std::move(call));
    if (error) return *error;
    return held;
  }
};

}  // namespace confab::gateway::testing
