#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "common/base/result.hpp"

namespace confab::runtime {

/// "127.0.0.1:8080", "[::1]:8080" or "0.0.0.0:0" as an endpoint. Names are not looked up:
/// listening is for addresses. invalid_argument otherwise.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address);

}  // namespace confab::runtime
