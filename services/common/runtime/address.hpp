#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <string>

#include "common/base/result.hpp"

namespace confab::runtime {

/// "127.0.0.1:8080", "[::1]:8080" or "0.0.0.0:0" as an endpoint. Names are not looked up:
/// listening is for addresses. invalid_argument otherwise.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address);

/// The address by which others reach a server that listens on `listen`, host:port: that of the host
/// `advertised`, or if that is empty, of `listen`, or if that is all addresses, of this machine's
/// name. Looks names up, which may block for seconds. unavailable when there is no such name.
[[nodiscard]] Result<boost::asio::ip::address> reachable_address(const std::string& listen,
                                                                 const std::string& advertised);

}  // namespace confab::runtime
