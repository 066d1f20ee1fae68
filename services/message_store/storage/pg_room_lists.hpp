#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

/// Lists of rooms and people in PostgreSQL, with the pools of PgRoomLog. Thread-safe; blocks.
class PgRoomLists final : public RoomLists {
 public:
  PgRoomLists(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<std::vector<MyRoom>> rooms_of(std::int64_t user_id,
                                                     const RoomQuery& query) override;
  [[nodiscard]] Result<> save_counts(std::int64_t user_id, std::span<const MyRoom> rooms) override;
  [[nodiscard]] Result<std::vector<PublicRoom>> public_rooms(const PublicQuery& query) override;
  [[nodiscard]] Result<std::vector<Member>> members(std::uint64_t room_id,
                                                    const UserRange& range) override;
  [[nodiscard]] Result<std::vector<BanRow>> bans(std::uint64_t room_id,
                                                 const UserRange& range) override;
  [[nodiscard]] Result<std::optional<Role>> role(std::uint64_t room_id,
                                                 std::int64_t user_id) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

}  // namespace confab::message_store
