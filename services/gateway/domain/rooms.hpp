#pragma once

#include "gateway/domain/chat.hpp"
#include "gateway/domain/room_ports.hpp"

namespace confab::gateway {

/// Where a message of one's own is, for a sender who heard no answer.
struct SendStatus {
  std::string gid;
  std::string client_msg_id;
  std::optional<Ack> ack;  ///< Nothing: it is not stored.
};

/// What clients can do about rooms beyond Chat: settings, roles, bans, invitations, lists. Users
/// are named by username here: user_not_found. Event loop only.
class Rooms {
 public:
  Rooms(RoomStore& store, Chat& chat) : store_(store), chat_(chat) {}

  [[nodiscard]] Task<Result<Room>> update(User actor, std::string gid, RoomPatch patch);
  [[nodiscard]] Task<Result<Room>> join(User user, std::string gid, std::string code);
  [[nodiscard]] Task<Result<Member>> set_role(User actor, std::string gid, std::string username,
                                              std::string role);
  [[nodiscard]] Task<Result<>> set_ban(User actor, std::string gid, std::string username,
                                       bool banned);
  [[nodiscard]] Task<Result<Invite>> invite(User actor, std::string gid, std::uint32_t life_s,
                                            std::uint32_t uses);
  [[nodiscard]] Task<Result<>> revoke_invite(User actor, std::string gid, std::string code);

  [[nodiscard]] Task<Result<MyRooms>> mine(User user, MyRoomsQuery query) {
    return store_.list_mine(user.id, std::move(query));
  }
  [[nodiscard]] Task<Result<ListPage<PublicRoom>>> public_rooms(User user, PublicQuery query);
  [[nodiscard]] Task<Result<ListPage<Member>>> members(User reader, std::string gid,
                                                       UserRange range);
  [[nodiscard]] Task<Result<ListPage<Ban>>> bans(User reader, std::string gid, UserRange range);
  [[nodiscard]] Task<Result<Readers>> readers(User reader, std::string gid, std::uint64_t seq,
                                              UserRange range);
  [[nodiscard]] Task<Result<SendStatus>> send_status(User sender, std::string gid,
                                                     std::string client_msg_id);

 private:
  RoomStore& store_;
  Chat& chat_;
};

}  // namespace confab::gateway
