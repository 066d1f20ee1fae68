#pragma once

#include "confab/gateway/v1/gateway.pb.h"
#include "gateway/domain/cut_sessions.hpp"

namespace confab::gateway {

/// Sessions as gateways hand them on.
void to_wire(const CutSession& session, v1::RecallResponse& out);
[[nodiscard]] CutSession from_wire(v1::RecallResponse& response, std::int64_t user_id);

}  // namespace confab::gateway
