#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/room_import.hpp"

namespace confab::message_store {

/// Rooms and their past in bulk in PostgreSQL: a fixed number of statements for any number of them.
/// Thread-safe.
class PgRoomImport final : public RoomImportStore {
 public:
  explicit PgRoomImport(postgres::Pool& writes) : writes_(writes) {}

  [[nodiscard]] Result<ImportedRooms> add(std::span<const Person> people,
                                          std::span<const PlannedRoom> rooms) override;
  [[nodiscard]] Result<AddedPast> add_past(std::span<const RoomDraftsPast> rooms) override;

 private:
  postgres::Pool& writes_;
};

}  // namespace confab::message_store
