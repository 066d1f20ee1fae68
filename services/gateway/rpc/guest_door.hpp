#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>

#include "confab/gateway/v1/gateway.pb.h"
#include "gateway/net/deadline_wheel.hpp"
#include "gateway/net/http.hpp"
#include "gateway/net/web_socket.hpp"

namespace confab::gateway {

/// Where an event loop answers what other gateways forward to it, and ask of it.
struct GuestDoor {
  boost::asio::io_context& io;
  DeadlineWheel& deadlines;
  HttpHandler handle;
  UpgradeHandler upgrade;
  std::function<boost::asio::awaitable<v1::RecallResponse>(v1::RecallRequest)> recall;
  std::size_t open = 0;  ///< Requests and sockets of other gateways' clients. Event loop only.
};

}  // namespace confab::gateway
