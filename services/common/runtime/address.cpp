#include "common/runtime/address.hpp"

#include <charconv>

namespace confab::runtime {

Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address) {
  const Error bad{ErrorCode::invalid_argument,
                  "\"" + address + "\" is no ip:port address to listen on, e.g. 0.0.0.0:8080"};
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return bad;
  std::uint16_t port = 0;
  const auto* end = address.data() + address.size();
  const auto [stop, port_error] = std::from_chars(address.data() + colon + 1, end, port);
  if (port_error != std::errc() || stop != end) return bad;
  auto host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code host_error;
  const auto ip = boost::asio::ip::make_address(host, host_error);
  if (host_error) return bad;
  return boost::asio::ip::tcp::endpoint(ip, port);
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

}  // namespace
}  // namespace confab::runtime
#endif
