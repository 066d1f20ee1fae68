#include "common/runtime/address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <charconv>

namespace confab::runtime {
namespace {

namespace ip = boost::asio::ip;

/// Without the brackets of an IPv6 address.
std::string host_of(const std::string& address) {
  auto host = address.substr(0, address.rfind(':'));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address) {
  const Error bad{ErrorCode::invalid_argument,
                  "\"" + address + "\" is no ip:port address to listen on, e.g. 0.0.0.0:8080"};
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return bad;
  std::uint16_t port = 0;
  const auto* end = address.data() + address.size();
  const auto [stop, port_error] = std::from_chars(address.data() + colon + 1, end, port);
  if (port_error != std::errc() || stop != end) return bad;
  boost::system::error_code host_error;
  const auto ip = ip::make_address(host_of(address), host_error);
  if (host_error) return bad;
  return ip::tcp::endpoint(ip, port);
}

Result<ip::address> reachable_address(const std::string& listen, const std::string& advertised) {
  auto host = advertised.empty() ? host_of(listen) : advertised;
  boost::system::error_code error;
  auto address = ip::make_address(host, error);
  if (!error && !address.is_unspecified()) return address;
  if (!error) host = ip::host_name(error);
  boost::asio::io_context io;
  const auto found = ip::tcp::resolver(io).resolve(host, "", error);
  if (error || found.empty()) {
    return Error{
        ErrorCode::unavailable,
        "the name \"" + host + "\", by which others are to reach this process, has no address"};
  }
  return found.begin()->endpoint().address();
}

}  // namespace confab::runtime

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::runtime {
namespace {

TEST(Endpoint, ReadsBothFamiliesAndNothingElse) {
  EXPECT_EQ(parse_endpoint("127.0.0.1:80")->port(), 80);
  EXPECT_TRUE(parse_endpoint("[::1]:0")->address().is_v6());
  for (const auto* address :
       {"", "80", ":80", "localhost:80", "1.2.3.4:", "1.2.3.4:70000", "a:b"}) {
    EXPECT_FALSE(parse_endpoint(address)) << address;
  }
}

TEST(ReachableAddress, IsTheOneAdvertisedOrElseTheOneListenedOn) {
  EXPECT_EQ(reachable_address("0.0.0.0:7300", "10.0.0.7")->to_string(), "10.0.0.7");
  EXPECT_EQ(reachable_address("10.0.0.8:7300", "")->to_string(), "10.0.0.8");
  EXPECT_EQ(reachable_address("[fd00::1]:7300", "")->to_string(), "fd00::1");
  EXPECT_TRUE(reachable_address("0.0.0.0:7300", "localhost")->is_loopback());
}

TEST(ReachableAddress, IsThatOfTheMachineForAServerOnAllAddresses) {
  for (const auto* listen : {"0.0.0.0:7300", "[::]:7300"}) {
    const auto address = reachable_address(listen, "");
    EXPECT_TRUE(!address || !address->is_unspecified()) << listen;
  }
}

TEST(ReachableAddress, IsMissingWhereThereIsNoSuchName) {
  EXPECT_EQ(reachable_address("0.0.0.0:1", "no.such.name.invalid").error().code,
            ErrorCode::unavailable);
}

}  // namespace
}  // namespace confab::runtime
#endif
