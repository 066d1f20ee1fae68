#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

/// Read positions in PostgreSQL, with the pools of PgRoomLog. Thread-safe; blocks.
class PgReadPositions final : public ReadPositions {
 public:
  PgReadPositions(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<std::vector<std::optional<ReadOutcome>>> mark(
      std::span<const ReadMark> marks) override;
  [[nodiscard]] Result<ReaderPage> readers(std::uint64_t room_id, std::uint64_t seq,
                                           const UserRange& range) override;
  [[nodiscard]] Result<std::optional<Appended>> find_message(
      std::uint64_t room_id, std::int64_t sender_id, const std::string& client_msg_id) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

}  // namespace confab::message_store
