#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace confab::redis {

/// Where a Redis server listens and how to enter.
struct Address {
  std::string host;
  std::uint16_t port = 6379;
  std::string user;      ///< Empty: the default user.
  std::string password;  ///< Empty: none asked for.
};

/// "redis://[user[:password]@]host[:port]"; invalid_argument otherwise. The message never holds
/// the password.
[[nodiscard]] Result<Address> parse_address(std::string_view url);

/// All of them, or the error of the first bad one.
[[nodiscard]] Result<std::vector<Address>> parse_addresses(const std::vector<std::string>& urls);

}  // namespace confab::redis
