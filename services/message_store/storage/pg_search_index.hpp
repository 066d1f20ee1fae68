#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/search_ports.hpp"

namespace confab::message_store {

/// The index in chat.search, with chat.search_cursors. Several processes share the work: a room
/// that another one is indexing is left to it.
class PgSearchIndex final : public SearchIndex {
 public:
  /// Entries of one room that one step takes.
  static constexpr int kEntriesOfRoom = 50;

  PgSearchIndex(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<IndexedRooms> advance(std::span<const std::uint64_t> rooms) override;
  [[nodiscard]] Result<Behind> behind(std::uint64_t after, std::uint32_t limit) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

}  // namespace confab::message_store
