#pragma once

#include "common/postgres/pool.hpp"
#include "message_store/domain/room_ports.hpp"

namespace confab::message_store {

/// Changes of rooms and roles in PostgreSQL, with the pool of PgRoomLog's writes. Thread-safe;
/// blocks.
class PgRoomChanges final : public RoomChanges {
 public:
  explicit PgRoomChanges(postgres::Pool& writes, const StoreLimits& limits = {})
      : writes_(writes), limits_(limits) {}

  [[nodiscard]] Result<RoomUpdated> update(const RoomUpdate& update) override;
  [[nodiscard]] Result<MemberUpdated> set_role(const MemberChange& change) override;
  [[nodiscard]] Result<MemberUpdated> set_ban(const MemberChange& change, bool banned) override;
  [[nodiscard]] Result<> add_invite(const Invite& invite) override;
  [[nodiscard]] Result<> revoke_invite(const Invite& invite) override;

 private:
  postgres::Pool& writes_;
  const StoreLimits limits_;
};

}  // namespace confab::message_store
