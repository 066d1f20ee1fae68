#pragma once

#include "common/postgres/pool.hpp"
#include "common/postgres/statement.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/ports.hpp"
#include "message_store/storage/known_heads.hpp"

namespace confab::message_store {

class AppendQuestion;

/// The rooms' logs in PostgreSQL. `writes` and `reads` are separate pools, so that a storm of
/// history reads cannot starve sends; appends have connections of their own, as many as `writes`,
/// for each of the statements that run for every message. Thread-safe; blocks.
class PgRoomLog final : public RoomLog {
 public:
  PgRoomLog(postgres::Pool& writes, postgres::Pool& reads, const StoreLimits& limits = {});

  [[nodiscard]] Result<std::vector<Result<AppendOutcome>>> append_all(
      std::span<const RoomDrafts> rooms) override;
  [[nodiscard]] Result<LogPage> read(std::uint64_t room_id, std::int64_t reader_id,
                                     const LogRange& range) override;
  [[nodiscard]] Result<std::vector<Head>> heads(std::span<const std::uint64_t> rooms) override;
  [[nodiscard]] Result<MemberOutcome> join(const MemberChange& change) override;
  [[nodiscard]] Result<MemberOutcome> leave(const MemberChange& change) override;
  [[nodiscard]] Result<ChangeOutcome> change(const MessageChange& change) override;
  [[nodiscard]] Result<References> look_up(std::uint64_t room_id, std::uint64_t reply_to,
                                           std::span<const std::int64_t> user_ids) override;
  [[nodiscard]] Result<LogPage> pins(std::uint64_t room_id, std::int64_t reader_id) override;

 private:
  [[nodiscard]] Result<std::vector<Result<AppendOutcome>>> append_to_known(
      std::span<const RoomDrafts> rooms, const AppendQuestion& question,
      std::span<const KnownHead> heads);
  [[nodiscard]] Result<postgres::Row> append_one(std::uint64_t room_id, const Draft& draft,
                                                 const KnownHead& head);

  postgres::Pool& writes_;
  postgres::Pool& reads_;
  const StoreLimits limits_;
  postgres::Statement append_;
  postgres::Statement append_to_known_;
  postgres::Statement append_one_;
  KnownHeads known_;
};

}  // namespace confab::message_store
