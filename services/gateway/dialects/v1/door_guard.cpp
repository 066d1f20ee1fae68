#include "gateway/dialects/v1/door_guard.hpp"

#include "gateway/dialects/v1/render.hpp"
#include "gateway/net/client_address.hpp"

namespace confab::gateway::dialects {

CountedAddress DoorGuard::counted(const std::string& address) const {
  const auto key = counted_address(address, count_local_);
  if (!key) return std::nullopt;
  return LimitKey{key->first, key->second};
}

Result<Place> DoorGuard::connect(const std::string& address) {
  if (const auto open = intake_.knock(); !open) return open.error();
  auto place = limits_.connect(counted(address));
  if (!place) count(place.error());
  return place;
}

ConnectionGuard DoorGuard::connections() {
  return [this](const HttpRequest& request) -> ConnectionVerdict {
    auto place = connect(request.remote_address);
    if (place) return std::move(*place);
    auto refusal = problem(place.error());
    refusal.close = true;
    return refusal;
  };
}

Result<std::string> bearer_token(const HttpRequest& request) {
  constexpr std::string_view kScheme = "bearer ";
  const auto value = request.header("authorization");
  if (value.size() < kScheme.size() ||
      !equals_ignoring_case(value.substr(0, kScheme.size()), kScheme)) {
    return Error{ErrorCode::unauthenticated,
                 "a token is needed: \"Authorization: Bearer <access_token>\""};
  }
  return std::string(value.substr(kScheme.size()));
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
