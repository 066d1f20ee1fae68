#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/people_ports.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

/// Blocks in chat.blocks, and in the role of the blocked one in their direct room, where appends
/// see them without looking further.
class PgBlocks final : public Blocks {
 public:
  PgBlocks(postgres::Pool& writes, postgres::Pool& reads, const StoreLimits& limits = {})
      : writes_(writes), reads_(reads), limits_(limits) {}

  [[nodiscard]] Result<> add(std::int64_t user_id, std::int64_t blocked_id) override;
  [[nodiscard]] Result<> remove(std::int64_t user_id, std::int64_t blocked_id) override;
  [[nodiscard]] Result<std::vector<std::int64_t>> blocked_by(std::int64_t user_id) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
  const StoreLimits limits_;
};

/// blocked when `other` has blocked `opener`. Until the transaction ends, neither blocks the other
/// nor stops to: what it finds stays true.
[[nodiscard]] Result<> check_block(pqxx::work& transaction, std::int64_t opener,
                                   std::int64_t other);

/// The role with which the user comes (back) into the direct room: `blocked` if the other says so.
/// To be called before the rows of its members are locked, lest somebody who blocks waits for those
/// and is waited for.
[[nodiscard]] Role direct_role(pqxx::work& transaction, std::uint64_t room_id,
                               std::int64_t user_id);
/// Makes the other of the pair a blocked member of their new room if `creator` has blocked them.
void keep_block(pqxx::work& transaction, std::int64_t creator, std::int64_t other);

/// Turns refusals of drafts whose senders are blocked into `blocked`. Asks only if there are
/// refusals; those it cannot ask about stay as they are.
void name_blocks(postgres::Pool& pool, std::span<const RoomDrafts> rooms,
                 std::span<Result<AppendOutcome>> outcomes);

}  // namespace confab::message_store
