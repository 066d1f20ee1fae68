#pragma once

#include <functional>

#include "message_store/domain/announcer.hpp"
#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

template <typename Item>
struct ListPage {
  std::vector<Item> items;
  bool more = false;
};

struct MyRoomPage {
  std::vector<MyRoom> rooms;
  std::string next;  ///< The cursor of the page after; empty: no more.
};

/// What a member may do in a room.
struct Standing {
  std::uint64_t room_id = 0;
  bool may_send = false;
  bool blocked = false;  ///< By the other of a direct room.
};

/// Lists of rooms and of people, for those who may see them. Calls block. Thread-safe.
class RoomDirectory {
 public:
  static constexpr std::uint32_t kMaxPublicPage = 100;
  /// A count of so many entries is kept, so that the next list does not count them again.
  static constexpr std::uint64_t kWorthSaving = 50;

  RoomDirectory(Rooms& rooms, RoomLists& lists) : rooms_(rooms), lists_(lists) {}

  /// `after` is a page's `next`, or empty. invalid_argument for a cursor or limit that is none.
  /// Work that only spares the next call something is done after `done`.
  void mine(std::int64_t user_id, const std::string& after, std::uint32_t limit, bool archived,
            const std::function<void(Result<MyRoomPage>)>& done);
  [[nodiscard]] Result<ListPage<PublicRoom>> public_rooms(PublicQuery query);

  /// not_a_member unless the room is public or `reader_id` in it.
  [[nodiscard]] Result<ListPage<Member>> members(const std::string& gid, std::int64_t reader_id,
                                                 UserRange range);
  /// For owners and admins. not_a_member, permission_denied.
  [[nodiscard]] Result<ListPage<BanRow>> bans(const std::string& gid, std::int64_t reader_id,
                                              UserRange range);
  /// not_a_member, also in a public room.
  [[nodiscard]] Result<Standing> standing(const std::string& gid, std::int64_t user_id);

 private:
  Rooms& rooms_;
  RoomLists& lists_;
};

/// How far users have read, and who has read what. Calls block. Thread-safe.
class ReadDesk {
 public:
  static constexpr std::size_t kMaxMarks = 1000;

  ReadDesk(Rooms& rooms, ReadPositions& positions, Announcer& announcer)
      : rooms_(rooms), positions_(positions), announcer_(announcer) {}

  /// One outcome a mark, nothing for who is no member; tells gateways of those that moved.
  [[nodiscard]] Result<std::vector<std::optional<ReadOutcome>>> mark(
      std::span<const ReadMark> marks);
  /// not_a_member unless `reader_id` is in the room.
  [[nodiscard]] Result<ReaderPage> readers(std::uint64_t room_id, std::int64_t reader_id,
                                           std::uint64_t seq, const UserRange& range);
  [[nodiscard]] Result<std::optional<Appended>> find_message(std::uint64_t room_id,
                                                             std::int64_t sender_id,
                                                             const std::string& client_msg_id) {
    return positions_.find_message(room_id, sender_id, client_msg_id);
  }

 private:
  Rooms& rooms_;
  ReadPositions& positions_;
  Announcer& announcer_;
};

}  // namespace confab::message_store
