#pragma once

#include "common/postgres/binary.hpp"
#include "common/postgres/statement.hpp"
#include "message_store/storage/known_heads.hpp"

namespace confab::message_store {

/// The columns of chat.append, read room by room in the order of the question.
class AppendAnswer {
 public:
  explicit AppendAnswer(const postgres::Row& row);

  /// Where the next room's log ended; room_not_found, or unavailable when another session holds it.
  /// Its items are to be taken by next_item(), also of a room that failed.
  [[nodiscard]] Result<KnownHead> next_room();

  /// What became of the next item if it did not get the next place of its room: its first place,
  /// not_a_member, or permission_denied.
  [[nodiscard]] std::optional<Result<Appended>> next_item();

  [[nodiscard]] std::int64_t created_ms() const { return created_ms_; }

 private:
  postgres::ArrayReader heads_;
  postgres::ArrayReader epochs_;
  postgres::ArrayReader gids_;
  postgres::ArrayReader head_msg_ids_;
  std::int64_t created_ms_;
  postgres::ArrayReader odd_items_;
  postgres::ArrayReader odd_seqs_;
  postgres::ArrayReader odd_epochs_;
  postgres::ArrayReader odd_msg_ids_;
  postgres::ArrayReader odd_created_at_;
  std::int64_t item_ = 0;
  std::int64_t next_odd_ = 0;  ///< 0: no more.
};

}  // namespace confab::message_store
