#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace confab::gateway {

/// Where a session is: the gateway's gRPC address, and which of its event loops.
struct SessionOwner {
  boost::asio::ip::address address;
  std::uint16_t port = 0;
  std::uint8_t loop = 0;

  [[nodiscard]] bool same_gateway(const SessionOwner& other) const {
    return address == other.address && port == other.port;
  }
  [[nodiscard]] bool operator==(const SessionOwner& other) const = default;
  /// "10.0.0.7:7300", "[fd00::7]:7300".
  [[nodiscard]] std::string text() const;
};

/// Puts the owner of a session into its sid, encrypted and signed (ChaCha20-Poly1305) with keys
/// that all gateways derive from the resume keys: a client can neither learn an address from a sid
/// nor make a gateway connect to one of its choice. A mark belongs to one session id, whose random
/// bits are the nonce.
class OwnerSeal {
 public:
  /// The first key seals, all open. Those that are not 32 bytes long are left out.
  void set_keys(const std::vector<std::string>& resume_keys);

  /// 31 characters of base64url, 47 with an IPv6 address. Empty without keys, and when the id is
  /// none that SessionId makes.
  [[nodiscard]] std::string seal(std::string_view session_id, const SessionOwner& owner) const;

  /// Nothing when the mark was not made by seal() for this id with a key that is known.
  [[nodiscard]] std::optional<SessionOwner> open(std::string_view session_id,
                                                 std::string_view mark) const;

 private:
  using Key = std::array<unsigned char, 32>;

  std::vector<Key> keys_;
};

}  // namespace confab::gateway
