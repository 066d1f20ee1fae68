#pragma once

#include <pqxx/pqxx>
#include <span>

#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// What has become of those of the entries that are messages and were changed: rising seq.
[[nodiscard]] std::vector<MessageState> read_states(pqxx::transaction_base& transaction,
                                                    std::uint64_t room_id,
                                                    std::span<const Entry> entries);

}  // namespace confab::message_store
