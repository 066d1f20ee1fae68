#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include "ctl/verify/door.hpp"

namespace confab::ctl {

inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);
inline constexpr std::chrono::seconds kConnectTime{5};

using PlainStream = boost::beast::tcp_stream;
using TlsStream = boost::beast::ssl_stream<PlainStream>;

[[nodiscard]] inline Error unreachable(const Door& door, const boost::system::error_code& why) {
  return {ErrorCode::unavailable, door.url + ": " + why.message()};
}

/// Looks the name up and connects, within kConnectTime.
[[nodiscard]] Task<boost::system::error_code> dial(Network& network, const Door& door,
                                                   PlainStream& stream);
/// And shakes hands.
[[nodiscard]] Task<boost::system::error_code> dial(Network& network, const Door& door,
                                                   TlsStream& stream);

}  // namespace confab::ctl
