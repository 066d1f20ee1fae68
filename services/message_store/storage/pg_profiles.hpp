#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/people_ports.hpp"

namespace confab::message_store {

/// Profiles in chat.people.
class PgProfiles final : public Profiles {
 public:
  /// How long a change may take from its time stamp until others can read it: what was listed
  /// within this before the cursor is listed again.
  static constexpr std::chrono::seconds kOverlap{30};

  PgProfiles(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<bool> save(const Person& person, std::int64_t version) override;
  [[nodiscard]] Result<Changes> changed_since(std::int64_t cursor) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

/// Erasures in chat.erasures.
class PgErasures final : public Erasures {
 public:
  PgErasures(postgres::Pool& writes, postgres::Pool& reads) : writes_(writes), reads_(reads) {}

  [[nodiscard]] Result<> ask(std::int64_t user_id, bool redact) override;
  [[nodiscard]] Result<std::optional<Erasure>> next() override;
  [[nodiscard]] Result<std::optional<ErasureRoom>> next_room(std::int64_t user_id,
                                                             std::uint64_t last_room_id) override;
  [[nodiscard]] Result<std::optional<std::uint64_t>> clear_names(std::uint64_t room_id,
                                                                 const Person& ghost,
                                                                 std::uint64_t after_seq,
                                                                 std::uint32_t limit) override;
  [[nodiscard]] Result<std::vector<std::uint64_t>> messages(std::uint64_t room_id,
                                                            std::int64_t user_id,
                                                            std::uint64_t after_seq,
                                                            std::uint32_t limit) override;
  [[nodiscard]] Result<> advance(const Erasure& erasure) override;
  [[nodiscard]] Result<> finish(std::int64_t user_id) override;

 private:
  postgres::Pool& writes_;
  postgres::Pool& reads_;
};

}  // namespace confab::message_store
