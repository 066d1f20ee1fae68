#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "common/base/result.hpp"
#include "gateway/net/tcp.hpp"

namespace confab::gateway {

/// Binds the acceptor and has it listen; port 0 is any free one. The port, or unavailable with the
/// reason ("address already in use"). `reuse_port`: other event loops share it (SO_REUSEPORT).
[[nodiscard]] Result<std::uint16_t> listen_on(TcpAcceptor& acceptor, const std::string& address,
                                              std::uint16_t port, bool reuse_port);

/// unavailable when somebody listens there. With `reuse_port`, listen_on() would not notice it.
[[nodiscard]] Result<> check_free(const std::string& address, std::uint16_t port);

/// Gives every connection to `taken`, until the acceptor is closed. `failed` is called when one
/// cannot be taken, mostly for want of file descriptors; that is tried again every 50 ms.
[[nodiscard]] boost::asio::awaitable<void> accept_all(
    TcpAcceptor& acceptor, std::function<void(TcpSocket)> taken,
    std::function<void()> failed = [] {});

}  // namespace confab::gateway
