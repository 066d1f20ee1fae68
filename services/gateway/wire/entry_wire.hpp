#pragma once

#include <optional>

#include "confab/event/v1/event.pb.h"
#include "gateway/domain/receipts.hpp"

namespace confab::gateway {

/// An entry as the message-store sends it, by gRPC (rpc/) and through Redis (broker/) alike.
/// Nothing when it is malformed: no place in a log, no msg_id, or no JSON object for clients.
[[nodiscard]] std::optional<Entry> from_wire(event::v1::Entry wire);

/// Nothing when it is malformed.
[[nodiscard]] std::optional<Receipt> from_wire(event::v1::Receipt wire);

/// Nothing when it holds no JSON object for clients.
[[nodiscard]] std::optional<UserNotice> from_wire(const event::v1::UserNotice& wire);

}  // namespace confab::gateway
