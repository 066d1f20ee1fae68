#pragma once

#include <pqxx/pqxx>
#include <vector>

#include "common/base/result.hpp"
#include "message_store/domain/limits.hpp"

namespace confab::message_store {

// How many of something a user or a room has, counted so that calls at the same moment cannot
// exceed the limit together. For transactions of the repositories of this folder.

/// Until the transaction ends nobody else counts or adds what these users have. After the locks of
/// rooms, pairs and people, before those of rows of members.
void lock_users(pqxx::work& transaction, std::vector<std::int64_t> user_ids);

/// too_many_rooms when one of the users is in as many rooms as one may be. Locks the users.
[[nodiscard]] Result<> check_rooms(pqxx::work& transaction,
                                   const std::vector<std::int64_t>& user_ids,
                                   const StoreLimits& limits);

/// too_many_members when there are as many in the room as may be. Under the room's lock.
[[nodiscard]] Result<> check_members(pqxx::work& transaction, std::uint64_t room_id,
                                     const StoreLimits& limits);

}  // namespace confab::message_store
