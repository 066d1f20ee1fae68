#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace confab::ctl {

template <typename T = void>
using Task = boost::asio::awaitable<T>;

/// Where a gateway is reached by clients.
struct Door {
  std::string url;  ///< As it was given, without a slash at its end.
  bool tls = false;
  std::string host;
  std::string port;
  std::string prefix;  ///< Of paths, for a gateway behind one; empty or beginning with a slash.

  /// For the header Host.
  [[nodiscard]] std::string authority() const { return host + ":" + port; }
};

/// http:// or https://, a host, and perhaps a port and a path; invalid_argument otherwise.
[[nodiscard]] Result<Door> parse_door(std::string_view url);

/// What all connections of a run share. One thread.
struct Network {
  Network();

  boost::asio::io_context loop{1};
  boost::asio::ssl::context tls;  ///< Verifies against the system's authorities.
};

}  // namespace confab::ctl
