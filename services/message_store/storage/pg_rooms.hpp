#pragma once

#include <pqxx/pqxx>
#include <span>

#include "common/postgres/pool.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Rooms and people in PostgreSQL, with the pools of PgRoomLog. Thread-safe; blocks.
class PgRooms final : public Rooms {
 public:
  PgRooms(postgres::Pool& writes, postgres::Pool& reads, const StoreLimits& limits = {})
      : writes_(writes), reads_(reads), limits_(limits) {}

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
  const StoreLimits limits_;
};

// For the other repositories of this folder.

/// A row of the columns of chat.rooms, with `archived`, created_ms, epoch, head_seq and
/// head_msg_id.
[[nodiscard]] Room to_room(const pqxx::row& row);
[[nodiscard]] bool is_direct(const Room& room);

/// Fills everybody's profile, and the members of those rooms for which `wanted` holds.
void fill_people(pqxx::transaction_base& transaction, std::span<Room* const> rooms,
                 bool (*wanted)(const Room&));

/// room_not_found.
[[nodiscard]] Result<Room> load_room(pqxx::transaction_base& transaction, std::uint64_t room_id,
                                     bool with_members = false);

[[nodiscard]] std::vector<Person> load_people(pqxx::transaction_base& transaction,
                                              const std::vector<std::int64_t>& user_ids);

}  // namespace confab::message_store
