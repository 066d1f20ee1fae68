#include "gateway/dialects/v1/door_guard.hpp"

#include "gateway/dialects/v1/render.hpp"
#include "gateway/net/client_address.hpp"

namespace confab::gateway::dialects {

CountedAddress DoorGuard::address_of(const HttpRequest& request) const {
  const auto address = counted_address(request.remote_address, count_local_);
  if (!address) return std::nullopt;
  return LimitKey{address->first, address->second};
}

ConnectionGuard DoorGuard::connections() {
  return [this](const HttpRequest& request) -> ConnectionVerdict {
    const auto refuse = [](const Error& error) {
      auto refusal = problem(error);
      refusal.close = true;
      return refusal;
    };
    if (const auto open = intake_.knock(); !open) return refuse(open.error());
    auto place = limits_.connect(address_of(request));
    if (place) return std::move(*place);
    count(place.error());
    return refuse(place.error());
  };
}

HttpResponse problem(const Error& error, int status) {
  if (status == 0) status = error_traits(error.code).http_status;
  HttpResponse response{status, "application/problem+json", render_problem(error, status), {}};
  if (error.code == ErrorCode::unauthenticated) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer");
  }
  if (error.retry_after.count() > 0) {
    response.headers.emplace_back("Retry-After",
                                  std::to_string((error.retry_after.count() + 999) / 1000));
  }
  return response;
}

}  // namespace confab::gateway::dialects
