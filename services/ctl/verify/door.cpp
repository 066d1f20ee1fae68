#include "ctl/verify/door.hpp"

namespace confab::ctl {

Result<Door> parse_door(std::string_view url) {
  const auto bad = [&] {
    return Error{
        ErrorCode::invalid_argument,
        "\"" + std::string(url) + "\" is no URL of a gateway, such as https://chat.example"};
  };
  while (url.ends_with('/')) url.remove_suffix(1);
  Door door;
  door.url = url;
  if (url.starts_with("https://")) {
    door.tls = true;
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
  } else {
    return bad();
  }
  const auto slash = url.find('/');
  if (slash != url.npos) door.prefix = url.substr(slash);
  auto host = url.substr(0, slash);
  const auto bracket = host.rfind(']');  // IPv6.
  const auto colon = host.rfind(':');
  const bool has_port = colon != host.npos && (bracket == host.npos || colon > bracket);
  door.port = has_port ? host.substr(colon + 1) : (door.tls ? "443" : "80");
  if (has_port) host = host.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  door.host = host;
  const bool good = !door.host.empty() && !door.port.empty() &&
                    door.port.find_first_not_of("0123456789") == std::string::npos &&
                    url.find_first_of(" ?#@\\") == url.npos;
  if (!good) return bad();
  return door;
}

Network::Network() : tls(boost::asio::ssl::context::tls_client) {
  boost::system::error_code ignored;  // Then no certificate is good, and connecting says so.
  tls.set_default_verify_paths(ignored);
  tls.set_verify_mode(boost::asio::ssl::verify_peer);
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

TEST(ParseDoor, TakesSchemeHostPortAndPath) {
  const auto plain = parse_door("http://127.0.0.1:7300/");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->url, "http://127.0.0.1:7300");
  EXPECT_EQ(plain->authority(), "127.0.0.1:7300");
  EXPECT_FALSE(plain->tls);
  const auto behind = parse_door("https://chat.example/confab");
  ASSERT_TRUE(behind);
  EXPECT_TRUE(behind->tls);
  EXPECT_EQ(behind->port, "443");
  EXPECT_EQ(behind->prefix, "/confab");
  EXPECT_EQ(parse_door("http://[::1]:80")->host, "::1");
}

TEST(ParseDoor, RefusesWhatIsNoSuchUrl) {
  for (const auto* url : {"", "chat.example", "ws://chat.example", "http://", "http://:80",
                          "http://a:b", "http://a b", "https://user@host"}) {
    EXPECT_FALSE(parse_door(url)) << url;
  }
}

}  // namespace
}  // namespace confab::ctl
#endif
