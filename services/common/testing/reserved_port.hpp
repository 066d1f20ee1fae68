#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

namespace confab {

/// A TCP port of 127.0.0.1 that nobody else is given while this lives. It is bound, but nobody
/// listens, so that who connects is refused. A server that sets SO_REUSEADDR, as all of ours do,
/// may listen on it, go away and come back.
class ReservedPort {
 public:
  ReservedPort() {
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.set_option(boost::asio::socket_base::reuse_address(true));
    socket_.bind({boost::asio::ip::address_v4::loopback(), 0});
  }

  [[nodiscard]] std::uint16_t number() const { return socket_.local_endpoint().port(); }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(number()); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
};

}  // namespace confab
