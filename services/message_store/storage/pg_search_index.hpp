#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/search_ports.hpp"

namespace confab::message_store {

/// The index in chat.search, with chat.search_cursors. Several processes share the work: a room
/// that another one is indexing is left to it.
class PgSearchIndex final : public SearchIndex {
 public:
  /// Entries whose texts are in memory at once, and bytes of text after which a step ends: it must
  /// be far from the statement timeout, and the locks of its rooms are waited for by redactions.
  static constexpr std::size_t kEntriesAtOnce = 100;
  static constexpr std::size_t kBytesAStep = 1024UL * 1024;

  PgSearchIndex(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<IndexedRooms> advance(std::span<const std::uint64_t> rooms,
                                             std::size_t entries) override;
  [[nodiscard]] Result<Behind> behind(std::uint64_t after, std::uint32_t limit) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

}  // namespace confab::message_store
