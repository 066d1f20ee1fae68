#pragma once

#include <string>

#include "gateway/domain/door_limits.hpp"
#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// How users come in, whatever their client speaks: the auth service's answer, within the limits of
/// where they come from. Event loop only.
class Entrance {
 public:
  Entrance(Accounts& accounts, DoorLimits& limits) : accounts_(accounts), limits_(limits) {}

  [[nodiscard]] Task<Result<Login>> sign_up(std::string username, std::string password,
                                            std::string name, CountedAddress address);
  [[nodiscard]] Task<Result<Login>> log_in(std::string username, std::string password,
                                           CountedAddress address);
  [[nodiscard]] Task<Result<Login>> refresh(std::string refresh_token, CountedAddress address);

 private:
  Accounts& accounts_;
  DoorLimits& limits_;
};

}  // namespace confab::gateway
