#pragma once

#include "confab/message_store/v1/message_store.pb.h"
#include "gateway/domain/types.hpp"

namespace confab::gateway {

/// Between the domain and message_store.proto.
void to_proto(const User& user, message_store::v1::Person& out);
[[nodiscard]] User from_proto(const message_store::v1::Person& person);
[[nodiscard]] Position from_proto(const message_store::v1::Head& head);
[[nodiscard]] Member from_proto(const message_store::v1::Member& member);
[[nodiscard]] Room from_proto(const message_store::v1::Room& room);
/// Malformed entries end the page: what follows is read again or fails there.
[[nodiscard]] LogPage from_proto(const message_store::v1::ReadLogResponse& page);
[[nodiscard]] Ack from_proto(const message_store::v1::Appended& appended);

}  // namespace confab::gateway
