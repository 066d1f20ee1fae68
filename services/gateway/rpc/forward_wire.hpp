#pragma once

#include "confab/gateway/v1/gateway.pb.h"
#include "gateway/net/http.hpp"

namespace confab::gateway {

/// Clients' requests and their answers as gateways pass them on. What concerns only the client's
/// connection stays behind: Connection, Upgrade, Content-Length and their like.
void to_wire(HttpRequest request, std::uint32_t loop, v1::ForwardRequest& out);
[[nodiscard]] HttpRequest from_wire(v1::ForwardRequest& request);

void to_wire(HttpResponse response, v1::ForwardResponse& out);
/// Nothing when it could not be written as HTTP.
[[nodiscard]] std::optional<HttpResponse> from_wire(v1::ForwardResponse& response);

}  // namespace confab::gateway
