#include "gateway/net/tcp_listen.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>

namespace confab::gateway {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::chrono::milliseconds kAcceptPause{50};

Error cannot(const std::string& what, const boost::system::error_code& error) {
  return {ErrorCode::unavailable, what + ": " + error.message()};
}

void try_listen(TcpAcceptor& acceptor, const tcp::endpoint& endpoint, bool reuse_port,
                boost::system::error_code& error) {
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  const int on = 1;
  if (!error && reuse_port &&
      ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error.assign(errno, boost::system::system_category());
  }
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
}

}  // namespace

Result<std::uint16_t> listen_on(TcpAcceptor& acceptor, const std::string& address,
                                std::uint16_t port, bool reuse_port) {
  boost::system::error_code error;
  const auto host = asio::ip::make_address(address, error);
  if (error) return cannot("listen address " + address, error);
  try_listen(acceptor, tcp::endpoint(host, port), reuse_port, error);
  if (error) return cannot("listen on " + address + ":" + std::to_string(port), error);
  return acceptor.local_endpoint(error).port();
}

Result<> check_free(const std::string& address, std::uint16_t port) {
  asio::io_context io;
  TcpAcceptor acceptor(io);
  const auto bound = listen_on(acceptor, address, port, false);
  if (!bound) return bound.error();
  return {};
}

asio::awaitable<void> accept_all(TcpAcceptor& acceptor, std::function<void(TcpSocket)> taken,
                                 std::function<void()> failed) {
  asio::steady_timer pause(acceptor.get_executor());
  while (acceptor.is_open()) {
    auto [error, socket] = co_await acceptor.async_accept(kAwait);
    if (!error) {
      taken(std::move(socket));
    } else if (acceptor.is_open()) {
      failed();
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAwait);
    }
  }
}

}  // namespace confab::gateway
