#include "gateway/net/client_address.hpp"

#include <algorithm>
#include <array>

namespace confab::gateway {
namespace {

namespace ip = boost::asio::ip;

/// An IPv4 address that came as one of IPv6 is that.
ip::address plain(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// The list of all X-Forwarded-For headers together.
std::string forwarded_for(const HttpHeaders& headers) {
  std::string all;
  for (const auto& [name, value] : headers) {
    if (equals_ignoring_case(name, "X-Forwarded-For")) all += (all.empty() ? "" : ",") + value;
  }
  return all;
}

template <typename Network, typename Address>
bool holds(const Network& network, const Address& address) {
  return Network(address, network.prefix_length()).canonical() == network.canonical();
}

/// As what is no address at all is counted: like none that is one.
constexpr std::pair<std::uint64_t, std::uint64_t> kNowhere(0, UINT64_MAX);

/// What is no address of the internet (RFC 6890).
bool is_local(const ip::address_v4& address) {
  static const std::array kNetworks = {
      ip::make_network_v4("0.0.0.0/8"),      ip::make_network_v4("10.0.0.0/8"),
      ip::make_network_v4("100.64.0.0/10"),  ip::make_network_v4("127.0.0.0/8"),
      ip::make_network_v4("169.254.0.0/16"), ip::make_network_v4("172.16.0.0/12"),
      ip::make_network_v4("192.168.0.0/16"),
  };
  return std::any_of(kNetworks.begin(), kNetworks.end(),
                     [&](const auto& network) { return holds(network, address); });
}

bool is_local(const ip::address_v6& address) {
  static const auto kUniqueLocal = ip::make_network_v6("fc00::/7");
  return address.is_loopback() || address.is_unspecified() || address.is_link_local() ||
         holds(kUniqueLocal, address);
}

std::uint64_t first_half(const ip::address_v6& address) {
  std::uint64_t half = 0;
  const auto bytes = address.to_bytes();
  for (std::size_t i = 0; i < 8; ++i) half = half << 8U | bytes[i];
  return half;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const auto& text : networks) {
    const bool is_network = text.find('/') != std::string::npos;
    boost::system::error_code no_v4;
    const auto v4 = ip::make_network_v4(is_network ? text : text + "/32", no_v4);
    if (!no_v4) {
      proxies.v4_.push_back(v4);
      continue;
    }
    boost::system::error_code no_v6;
    const auto v6 = ip::make_network_v6(is_network ? text : text + "/128", no_v6);
    if (no_v6) {
      return Error{ErrorCode::invalid_argument,
                   "\"" + text + "\" is neither an address nor a network such as 10.0.0.0/8"};
    }
    proxies.v6_.push_back(v6);
  }
  return proxies;
}

bool TrustedProxies::trusts(const ip::address& address) const {
  const auto is_in = [&](const auto& networks, const auto& one) {
    return std::any_of(networks.begin(), networks.end(),
                       [&](const auto& network) { return holds(network, one); });
  };
  return address.is_v4() ? is_in(v4_, address.to_v4()) : is_in(v6_, address.to_v6());
}

ip::address TrustedProxies::client_of(const ip::address& peer, const HttpHeaders& headers) const {
  auto client = plain(peer);
  if (v4_.empty() && v6_.empty()) return client;
  const auto list = forwarded_for(headers);
  std::string_view rest = list;
  while (trusts(client) && !rest.empty()) {
    const auto comma = rest.rfind(',');
    const auto last = trimmed(comma == rest.npos ? rest : rest.substr(comma + 1));
    boost::system::error_code error;
    const auto before = ip::make_address(std::string(last), error);
    if (error) break;
    client = plain(before);
    rest = comma == rest.npos ? std::string_view() : rest.substr(0, comma);
  }
  return client;
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> counted_address(const std::string& text,
                                                                       bool all) {
  boost::system::error_code error;
  const auto address = plain(ip::make_address(text, error));
  if (error) return kNowhere;
  if (address.is_v4()) {
    if (!all && is_local(address.to_v4())) return std::nullopt;
    return std::pair<std::uint64_t, std::uint64_t>(0, address.to_v4().to_uint());
  }
  if (!all && is_local(address.to_v6())) return std::nullopt;
  return std::pair<std::uint64_t, std::uint64_t>(first_half(address.to_v6()), 1);
}

}  // namespace confab::gateway

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::gateway {
namespace {

std::string client(const std::string& peer, const std::vector<std::string>& forwarded,
                   const std::vector<std::string>& trusted = {"10.0.0.0/8", "fd00::/8"}) {
  HttpHeaders headers;
  for (const auto& value : forwarded) headers.emplace_back("x-forwarded-for", value);
  return TrustedProxies::parse(trusted)->client_of(ip::make_address(peer), headers).to_string();
}

TEST(TrustedProxies, BelievesNobodyElse) {
  EXPECT_EQ(client("198.51.100.1", {"203.0.113.7"}), "198.51.100.1");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.7"}, {}), "10.0.0.1");
  EXPECT_EQ(client("10.0.0.1", {"203.0.113.7"}), "203.0.113.7");
  EXPECT_EQ(client("fd00::1", {"2001:db8::7"}), "2001:db8::7");
  EXPECT_EQ(client("::ffff:10.0.0.1", {"203.0.113.7"}), "203.0.113.7");
}

TEST(TrustedProxies, TakesTheLastThatIsNoProxy) {
  EXPECT_EQ(client("10.0.0.1", {"1.2.3.4, 203.0.113.7, 10.0.0.2"}), "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", {"1.2.3.4", "203.0.113.7 ,10.0.0.2"}), "203.0.113.7");
  EXPECT_EQ(client("10.0.0.1", {"10.0.0.3"}), "10.0.0.3");
}

TEST(TrustedProxies, StopsAtGarbage) {
  const std::string huge(7000, ',');
  for (const std::string& bad :
       {std::string(), std::string("unknown"), std::string("203.0.113.7:80"),
        std::string("1.2.3.4,,"), huge, std::string("\"203.0.113.7\"")}) {
    EXPECT_EQ(client("10.0.0.1", {bad}), "10.0.0.1") << bad;
  }
  EXPECT_EQ(client("10.0.0.1", {"nonsense, 203.0.113.7"}), "203.0.113.7");
}

TEST(TrustedProxies, NamesWhatIsNoNetwork) {
  for (const auto* bad : {"10.0.0.0/33", "proxy.example", "10.0.0", "fd00::/129", "/8"}) {
    const auto proxies = TrustedProxies::parse({"10.0.0.1", bad});
    ASSERT_FALSE(proxies) << bad;
    EXPECT_NE(proxies.error().message.find(bad), std::string::npos);
  }
}

TEST(CountedAddress, CountsAddressesOfTheInternetAlone) {
  for (const auto* local : {"10.1.2.3", "127.0.0.1", "192.168.1.1", "172.31.0.1", "169.254.1.1",
                            "100.64.0.1", "::1", "fd12::1", "fe80::1", "::ffff:10.1.2.3"}) {
    EXPECT_FALSE(counted_address(local, false)) << local;
    EXPECT_TRUE(counted_address(local, true)) << local;
  }
  for (const auto* there : {"203.0.113.7", "172.32.0.1", "2001:db8::1", "::ffff:203.0.113.7"}) {
    EXPECT_TRUE(counted_address(there, false)) << there;
  }
}

TEST(CountedAddress, CountsWhatIsNoAddressAsOne) {
  EXPECT_TRUE(counted_address("", false));
  EXPECT_EQ(counted_address("", false), counted_address("garbage", true));
  EXPECT_NE(counted_address("", false), counted_address("0.0.0.0", true));
}

TEST(CountedAddress, TakesANetworkOf64BitsForOne) {
  EXPECT_EQ(counted_address("2001:db8::1", false), counted_address("2001:db8::ffff:2", false));
  EXPECT_NE(counted_address("2001:db8::1", false), counted_address("2001:db8:0:1::1", false));
  EXPECT_NE(counted_address("203.0.113.7", false), counted_address("203.0.113.8", false));
  EXPECT_EQ(counted_address("203.0.113.7", false), counted_address("::ffff:203.0.113.7", false));
}

}  // namespace
}  // namespace confab::gateway
#endif
