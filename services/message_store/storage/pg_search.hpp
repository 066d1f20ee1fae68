#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/search_ports.hpp"

namespace confab::message_store {

/// Searches in chat.search. A statement that takes longer than `patience` is given up.
class PgSearch final : public MessageSearch {
 public:
  PgSearch(postgres::Pool& reads, std::chrono::milliseconds patience)
      : reads_(reads), patience_(patience) {}

  [[nodiscard]] Result<SearchHits> find(const SearchQuestion& question) override;

 private:
  postgres::Pool& reads_;
  const std::chrono::milliseconds patience_;
};

}  // namespace confab::message_store
