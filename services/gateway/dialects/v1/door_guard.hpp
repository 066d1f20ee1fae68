#pragma once

#include <functional>

#include "gateway/domain/door_limits.hpp"
#include "gateway/domain/intake.hpp"
#include "gateway/net/http.hpp"

namespace confab::gateway::dialects {

/// The limits of DoorLimits as the doors meet them: by requests. Event loop only.
class DoorGuard {
 public:
  using Counted = std::function<void(ErrorCode code)>;

  /// `count_local`: also addresses that are not of the internet. `counted` hears of everything that
  /// a limit, of whatever kind, has refused a client.
  DoorGuard(DoorLimits& limits, Intake& intake, bool count_local, Counted counted)
      : limits_(limits), intake_(intake), count_local_(count_local), counted_(std::move(counted)) {}
  DoorGuard(const DoorGuard&) = delete;
  DoorGuard& operator=(const DoorGuard&) = delete;

  [[nodiscard]] DoorLimits& limits() { return limits_; }
  /// Before somebody is let in who has connected.
  [[nodiscard]] Intake& intake() { return intake_; }
  [[nodiscard]] CountedAddress address_of(const HttpRequest& request) const {
    return counted(request.remote_address);
  }
  /// Of an IP address.
  [[nodiscard]] CountedAddress counted(const std::string& address) const;
  /// An IP address opens a connection that is no request's: as DoorLimits::connect().
  [[nodiscard]] Result<Place> connect(const std::string& address);
  /// For servers that open connections; it must outlive them.
  [[nodiscard]] ConnectionGuard connections();
  /// Counts the error, if it is of a limit.
  void count(const Error& error) {
    if (error_traits(error.code).limit) counted_(error.code);
  }

 private:
  DoorLimits& limits_;
  Intake& intake_;
  const bool count_local_;
  Counted counted_;
};

/// What stands behind "Bearer" in the request's Authorization; unauthenticated if nothing does.
[[nodiscard]] Result<std::string> bearer_token(const HttpRequest& request);

/// application/problem+json for the error; its own status unless another is given.
[[nodiscard]] HttpResponse problem(const Error& error, int status = 0);

}  // namespace confab::gateway::dialects
