#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>

#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/http.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

/// Where an event loop answers what other gateways forward to it.
struct GuestDoor {
  boost::asio::io_context& io;
  DeadlineWheel& deadlines;
  HttpHandler handle;
  UpgradeHandler upgrade;
  std::size_t open = 0;  ///< Requests and sockets of other gateways' clients. Event loop only.
};

}  // namespace confab::gateway
