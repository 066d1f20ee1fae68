#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/net/http.hpp"

namespace confab::gateway {

/// The proxies whose word is taken for where a request comes from.
class TrustedProxies {
 public:
  TrustedProxies() = default;

  /// Addresses and networks: "10.1.2.3", "10.0.0.0/8", "fd00::/8". invalid_argument naming the
  /// first that is neither.
  [[nodiscard]] static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  /// Where the request of `peer` comes from: the last of its X-Forwarded-For, from the end, that is
  /// no trusted proxy; the peer itself unless it is one. What is no address ends the search, so
  /// that what a client wrote into the header is never believed.
  [[nodiscard]] boost::asio::ip::address client_of(const boost::asio::ip::address& peer,
                                                   const HttpHeaders& headers) const;

 private:
  [[nodiscard]] bool trusts(const boost::asio::ip::address& address) const;

  std::vector<boost::asio::ip::network_v4> v4_;
  std::vector<boost::asio::ip::network_v6> v6_;
};

/// The address as limits count it: the network of 64 bits of an IPv6 address, which is one
/// customer's. Nothing for addresses that are not of the internet (private, local), unless `all`:
/// such are proxies, or a whole network behind one. What is no address is counted as if it were
/// one.
[[nodiscard]] std::optional<std::pair<std::uint64_t, std::uint64_t>> counted_address(
    const std::string& address, bool all);

}  // namespace confab::gateway
