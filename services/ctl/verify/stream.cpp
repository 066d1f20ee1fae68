#include "ctl/verify/stream.hpp"

#include <boost/asio/ip/tcp.hpp>

namespace confab::ctl {

namespace asio = boost::asio;

Task<boost::system::error_code> dial(Network& network, const Door& door, PlainStream& stream) {
  asio::ip::tcp::resolver resolver(network.loop);
  const auto [unknown, places] = co_await resolver.async_resolve(door.host, door.port, kAwait);
  if (unknown) co_return unknown;
  stream.expires_after(kConnectTime);
  const auto [refused, place] = co_await stream.async_connect(places, kAwait);
  if (refused) co_return refused;
  boost::system::error_code ignored;
  stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return refused;
}

Task<boost::system::error_code> dial(Network& network, const Door& door, TlsStream& stream) {
  auto& tcp = stream.next_layer();
  const auto failed = co_await dial(network, door, tcp);
  if (failed) co_return failed;
  boost::system::error_code no_address;
  asio::ip::make_address(door.host, no_address);
  if (no_address) SSL_set_tlsext_host_name(stream.native_handle(), door.host.c_str());
  stream.set_verify_callback(asio::ssl::host_name_verification(door.host));
  tcp.expires_after(kConnectTime);
  const auto [refused] = co_await stream.async_handshake(asio::ssl::stream_base::client, kAwait);
  co_return refused;
}

}  // namespace confab::ctl
