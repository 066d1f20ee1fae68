#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Rooms and people in PostgreSQL, with the pools of PgRoomLog. Thread-safe; blocks.
class PgRooms final : public Rooms {
 public:
  PgRooms(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<Room> create(const NewRoom& room) override;
  [[nodiscard]] Result<Room> find_or_create_direct(const NewRoom& room, bool* created) override;
  [[nodiscard]] Result<Room> find(const std::string& gid, bool with_members) override;
  [[nodiscard]] Result<std::vector<std::int64_t>> members_among(
      std::uint64_t room_id, std::span<const std::int64_t> user_ids) override;
  [[nodiscard]] Result<std::vector<Room>> of_user(std::int64_t user_id,
                                                  std::uint32_t limit) override;
  [[nodiscard]] Result<std::vector<Person>> people(std::span<const std::int64_t> user_ids) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

}  // namespace confab::message_store
