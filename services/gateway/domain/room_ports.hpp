#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// What to change of a room; what is absent stays.
struct RoomPatch {
  std::optional<std::string> name;
  std::optional<std::string> topic;
  std::optional<std::string> picture;
  std::optional<std::string> kind;
  std::optional<bool> archived;
};

struct LastMessage {
  std::uint64_t seq = 0;
  std::int64_t ts = 0;
  std::string sender;  ///< Username.
  std::string kind;
  std::string text;
};

/// A room as one of its members sees it in a list.
struct MyRoom {
  Room room;
  std::string role;
  std::uint64_t read_seq = 0;
  std::uint64_t unread = 0;
  std::optional<LastMessage> last;
  std::int64_t active_ms = 0;
};

struct MyRooms {
  std::vector<MyRoom> rooms;
  std::string next;  ///< Empty: no more.
};

struct MyRoomsQuery {
  std::string after;  ///< `next` of the page before.
  std::uint32_t limit = 0;
  bool archived = false;
};

struct PublicRoom {
  Room room;
  bool joined = false;
};

struct PublicQuery {
  std::string text;
  std::string after;  ///< gid of the last one seen.
  std::uint32_t limit = 0;
};

/// Lists by user id: of `after` (0: from the start) and so many.
struct UserRange {
  std::int64_t after = 0;
  std::uint32_t limit = 0;
};

struct Ban {
  User user;
  std::string banned_by;  ///< Username.
  std::int64_t banned_ms = 0;
};

struct Invite {
  std::string code;
  std::int64_t expires_ms = 0;
  std::uint32_t uses = 0;  ///< 0: any number.
};

template <typename Item>
struct ListPage {
  std::vector<Item> items;
  bool more = false;
};

struct Reader {
  User user;
  std::uint64_t seq = 0;
};

struct Readers {
  std::vector<Reader> readers;
  std::int64_t next = 0;  ///< `after` of the next page; 0: no more.
};

struct ReadMark {
  User user;
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
};

/// What a member may do in a room.
struct Standing {
  std::uint64_t room_id = 0;
  bool may_send = false;
  bool blocked = false;  ///< By the other of a direct room.
};

/// Port: the message-store's service of rooms, beside what MessageStore has. Every call has a
/// deadline of a few seconds.
class RoomStore {
 public:
  virtual ~RoomStore() = default;

  [[nodiscard]] virtual Task<Result<Room>> update_room(std::string gid, User actor,
                                                       RoomPatch patch) = 0;
  /// By its gid, or by an invitation's code.
  [[nodiscard]] virtual Task<Result<Room>> join_room(User user, std::string gid,
                                                     std::string code) = 0;
  [[nodiscard]] virtual Task<Result<Member>> set_role(std::string gid, User actor, User member,
                                                      std::string role) = 0;
  [[nodiscard]] virtual Task<Result<>> set_ban(std::string gid, User actor, User user,
                                               bool banned) = 0;
  /// 0: the store's usual.
  [[nodiscard]] virtual Task<Result<Invite>> create_invite(std::string gid, User actor,
                                                           std::uint32_t life_s,
                                                           std::uint32_t uses) = 0;
  [[nodiscard]] virtual Task<Result<>> revoke_invite(std::string gid, std::int64_t actor_id,
                                                     std::string code) = 0;

  [[nodiscard]] virtual Task<Result<MyRooms>> list_mine(std::int64_t user_id,
                                                        MyRoomsQuery query) = 0;
  [[nodiscard]] virtual Task<Result<ListPage<PublicRoom>>> list_public(std::int64_t user_id,
                                                                       PublicQuery query) = 0;
  [[nodiscard]] virtual Task<Result<ListPage<Member>>> list_members(std::string gid,
                                                                    std::int64_t reader_id,
                                                                    UserRange range) = 0;
  [[nodiscard]] virtual Task<Result<ListPage<Ban>>> list_bans(std::string gid,
                                                              std::int64_t reader_id,
                                                              UserRange range) = 0;

  /// not_a_member, also in a public room.
  [[nodiscard]] virtual Task<Result<Standing>> standing(std::string gid, std::int64_t user_id) = 0;

  /// One outcome a mark: where the user stands now, or not_a_member.
  [[nodiscard]] virtual Task<Result<std::vector<Result<std::uint64_t>>>> mark_read(
      std::vector<ReadMark> marks) = 0;
  [[nodiscard]] virtual Task<Result<Readers>> list_readers(std::uint64_t room_id,
                                                           std::int64_t reader_id,
                                                           std::uint64_t seq, UserRange range) = 0;
  /// Nothing: it is not stored.
  [[nodiscard]] virtual Task<Result<std::optional<Ack>>> find_message(
      std::uint64_t room_id, std::int64_t sender_id, std::string client_msg_id) = 0;
};

}  // namespace confab::gateway
