#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/epoch_bump.hpp"

namespace confab::message_store {

/// Epochs in chat.room_heads.
class PgEpochs final : public Epochs {
 public:
  explicit PgEpochs(postgres::Pool& pool) : pool_(pool) {}

  [[nodiscard]] Result<Survey> survey() override;
  [[nodiscard]] Result<Step> raise(std::int64_t after, std::size_t limit,
                                   std::uint64_t epoch) override;
  [[nodiscard]] Result<> raise_room(const std::string& gid, std::uint64_t epoch) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace confab::message_store
