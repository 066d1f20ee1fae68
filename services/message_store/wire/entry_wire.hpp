#pragma once

#include <string>

#include "confab/event/v1/event.pb.h"
#include "message_store/domain/types.hpp"

namespace confab::message_store {

/// An entry as it travels, by gRPC (rpc/) and through Redis (broker/) alike.
void to_wire(const Entry& entry, const std::string& json, event::v1::Entry& out);

}  // namespace confab::message_store
