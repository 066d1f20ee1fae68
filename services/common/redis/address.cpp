#include "common/redis/address.hpp"

#include <charconv>

namespace confab::redis {

Result<Address> parse_address(std::string_view url) {
  constexpr std::string_view kScheme = "redis://";
  const Error bad{ErrorCode::invalid_argument,
                  "a Redis URL must look like redis://host:6379 or redis://:password@host:6379"};
  if (!url.starts_with(kScheme)) return bad;
  url.remove_prefix(kScheme.size());
  while (url.ends_with('/')) url.remove_suffix(1);
  Address address;
  if (const auto at = url.rfind('@'); at != url.npos) {
    const auto entry = url.substr(0, at);
    const auto colon = entry.find(':');
    address.user = entry.substr(0, colon);
    if (colon != entry.npos) address.password = entry.substr(colon + 1);
    url.remove_prefix(at + 1);
  }
  const auto colon = url.rfind(':');
  address.host = url.substr(0, colon);
  if (address.host.empty() || address.host.find('/') != std::string::npos) return bad;
  if (colon == url.npos) return address;
  const auto* end = url.data() + url.size();
  const auto [stop, error] = std::from_chars(url.data() + colon + 1, end, address.port);
  if (error != std::errc() || stop != end || address.port == 0) return bad;
  return address;
}

Result<std::vector<Address>> parse_addresses(const std::vector<std::string>& urls) {
  std::vector<Address> addresses;
  for (const auto& url : urls) {
    auto address = parse_address(url);
    if (!address) return address.error();
    addresses.push_back(std::move(*address));
  }
  return addresses;
}

}  // namespace confab::redis

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::redis {
namespace {

TEST(RedisAddress, ReadsCredentialsHostAndPort) {
  const auto address = parse_address("redis://app:s@cret@cache.local:6380/");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->user, "app");
  EXPECT_EQ(address->password, "s@cret");
  EXPECT_EQ(address->host, "cache.local");
  EXPECT_EQ(address->port, 6380);
  EXPECT_EQ(parse_address("redis://h")->port, 6379);
}

TEST(RedisAddress, RefusesOtherFormsWithoutEchoingThem) {
  for (const auto* url : {"", "h:1", "http://h", "redis://", "redis://:secret@h:0", "redis://h:x",
                          "redis://h/2", "redis://h:99999"}) {
    const auto address = parse_address(url);
    ASSERT_FALSE(address) << url;
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace confab::redis
#endif
