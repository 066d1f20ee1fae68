#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "message_store/domain/limits.hpp"
#include "message_store/domain/permissions.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// What to change of a room; what is absent stays.
struct RoomPatch {
  std::optional<std::string> name;
  std::optional<std::string> topic;
  std::optional<std::string> picture;
  std::optional<RoomKind> kind;  ///< Not direct.
  std::optional<bool> archived;
};

struct RoomUpdate {
  std::uint64_t room_id = 0;
  Person actor;
  RoomPatch patch;
  Uuid msg_id;
};

/// How the room is now. Without an entry nothing changed.
struct RoomUpdated {
  Room room;  ///< Without members.
  std::optional<Entry> entry;
};

struct MemberUpdated {
  Member member;
  std::optional<Entry> entry;
};

/// An invitation to a room: who knows its secret may come in.
struct Invite {
  std::uint64_t room_id = 0;
  std::string secret;
  std::int64_t created_by = 0;
  std::int64_t expires_ms = 0;
  std::uint32_t uses = 0;  ///< 0: any number.
};

/// Port: changes of rooms and members besides joining and leaving. Each is one transaction under
/// the room's lock and blocks. PgRoomChanges, FakeRoomChanges.
class RoomChanges {
 public:
  virtual ~RoomChanges() = default;

  /// As check_settings() and, for `archived`, check_archive() allow; room_not_found.
  [[nodiscard]] virtual Result<RoomUpdated> update(const RoomUpdate& update) = 0;
  /// As check_role() allows; room_not_found.
  [[nodiscard]] virtual Result<MemberUpdated> set_role(const MemberChange& change) = 0;
  /// As check_ban() allows; room_not_found. Of a member the ban is an entry member_left.
  [[nodiscard]] virtual Result<MemberUpdated> set_ban(const MemberChange& change, bool banned) = 0;
  /// As check_in_charge() allows; room_not_found; too_many_invites.
  [[nodiscard]] virtual Result<> add_invite(const Invite& invite) = 0;
  /// not_found when there is none.
  [[nodiscard]] virtual Result<> revoke_invite(const Invite& invite) = 0;
};

/// A page of something listed by user id.
struct UserRange {
  std::int64_t after = 0;  ///< User id of the last one seen; 0: from the start.
  std::uint32_t limit = 100;
};

/// Where a page of a user's rooms begins: after the one of that activity and id.
struct RoomCursor {
  std::int64_t active_ms = 0;
  std::uint64_t room_id = 0;
};

struct RoomQuery {
  std::optional<RoomCursor> after;
  std::uint32_t limit = 100;
  bool archived = false;  ///< Also those.
};

struct LastMessage {
  std::uint64_t seq = 0;
  std::int64_t created_ms = 0;
  std::int64_t sender_id = 0;
  std::string sender;  ///< Username.
  std::string kind;    ///< "text", "redacted", or the first attribute's name without a text.
  std::string text;    ///< At most kShortText characters.
};

/// How much of the last message a list shows, and among how many entries at the end it is looked
/// for.
inline constexpr std::size_t kShortText = 200;
inline constexpr std::uint64_t kLastMessageAmong = 500;

/// A room as one of its members sees it in a list.
struct MyRoom {
  Room room;  ///< With members when it is direct.
  Role role = Role::member;
  std::uint64_t read_seq = 0;
  std::uint64_t unread = 0;  ///< Messages of others after read_seq, not redacted.
  std::optional<LastMessage> last;
  std::int64_t active_ms = 0;  ///< Of the last message, or of the room's making.
  std::uint64_t counted = 0;   ///< Entries looked at to count: worth saving when many.
};

struct PublicRoom {
  Room room;
  bool joined = false;
};

struct PublicQuery {
  std::int64_t user_id = 0;
  std::string text;   ///< Part of the name or topic, whatever case; empty: all.
  std::string after;  ///< gid of the last one seen.
  std::uint32_t limit = 50;
};

struct BanRow {
  Person user;
  std::int64_t banned_by = 0;
  std::string banned_by_username;
  std::int64_t banned_ms = 0;
};

/// Port: lists of rooms and people. Blocks. A list of `limit` + 1 tells that there are more.
/// PgRoomLists, FakeRoomLists.
class RoomLists {
 public:
  virtual ~RoomLists() = default;

  /// The latest active first.
  [[nodiscard]] virtual Result<std::vector<MyRoom>> rooms_of(std::int64_t user_id,
                                                             const RoomQuery& query) = 0;
  /// Keeps the counts of unread messages for the next list, unless the user has read on since.
  [[nodiscard]] virtual Result<> save_counts(std::int64_t user_id,
                                             std::span<const MyRoom> rooms) = 0;
  /// By name, without regard to case. Not the archived ones.
  [[nodiscard]] virtual Result<std::vector<PublicRoom>> public_rooms(const PublicQuery& query) = 0;
  /// Both by user id.
  [[nodiscard]] virtual Result<std::vector<Member>> members(std::uint64_t room_id,
                                                            const UserRange& range) = 0;
  [[nodiscard]] virtual Result<std::vector<BanRow>> bans(std::uint64_t room_id,
                                                         const UserRange& range) = 0;
  /// Nothing for somebody who is no member.
  [[nodiscard]] virtual Result<std::optional<Role>> role(std::uint64_t room_id,
                                                         std::int64_t user_id) = 0;
};

struct ReadMark {
  Person reader;
  std::uint64_t room_id = 0;
  std::uint64_t seq = 0;
};

/// What became of a mark: nothing for somebody who is no member.
struct ReadOutcome {
  std::uint64_t seq = 0;  ///< Where the user stands now.
  bool moved = false;     ///< By this mark.
  std::string gid;
};

struct Reader {
  Person person;
  std::uint64_t seq = 0;
};

struct ReaderPage {
  std::vector<Reader> readers;
  std::int64_t next = 0;  ///< `after` of the next page; 0: no more.
};

/// Port: how far users have read. Blocks. PgReadPositions, FakeReadPositions.
class ReadPositions {
 public:
  virtual ~ReadPositions() = default;

  /// Moves positions forward, never back, to the room's head at most; one outcome a mark. No two
  /// marks have one user and room.
  [[nodiscard]] virtual Result<std::vector<std::optional<ReadOutcome>>> mark(
      std::span<const ReadMark> marks) = 0;
  /// Of the next `range.limit` members those who have read `seq` or more.
  [[nodiscard]] virtual Result<ReaderPage> readers(std::uint64_t room_id, std::uint64_t seq,
                                                   const UserRange& range) = 0;
  /// The place of a sender's message; nothing when it is not stored.
  [[nodiscard]] virtual Result<std::optional<Appended>> find_message(
      std::uint64_t room_id, std::int64_t sender_id, const std::string& client_msg_id) = 0;
};

}  // namespace confab::message_store
