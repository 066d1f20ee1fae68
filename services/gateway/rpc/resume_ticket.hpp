#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/random.hpp"
#include "gateway/domain/types.hpp"

namespace confab::gateway {

enum class TicketOutcome { accepted, malformed, forged, expired, other_token };

/// The word of metrics.
[[nodiscard]] std::string_view name(TicketOutcome outcome);

/// What stands for an access token: the start of its SHA-256.
[[nodiscard]] TokenMark mark_of(std::string_view token);

/// Resume tickets: what a gateway knows of a client, signed by HMAC-SHA256 with a key that all
/// gateways have from the auth service. The client brings it when it comes back, so that no
/// signature of a token has to be checked. Text of base64url: version, nonce, user, session, both
/// expiries and the mark of the access token it was given for, then the HMAC of all that.
class ResumeTickets {
 public:
  static constexpr std::chrono::minutes kLife{10};
  static constexpr std::size_t kMaxBytes = 1024;  ///< Of the text.

  explicit ResumeTickets(Random& random) : random_(random) {}

  /// The first key signs, all are accepted. Those that are not 32 bytes long are left out.
  void set_keys(std::vector<std::string> keys);

  /// A ticket for kLife, or as long as the access token; never the same twice. Empty without keys.
  [[nodiscard]] std::string make(const Identity& identity,
                                 std::chrono::system_clock::time_point now) const;

  struct Opened {
    TicketOutcome outcome = TicketOutcome::malformed;
    Identity identity;  ///< Only of an accepted one.
  };
  /// Who the bearer is. `token` is the access token that came with the ticket; empty if none did.
  [[nodiscard]] Opened open(std::string_view ticket, std::string_view token,
                            std::chrono::system_clock::time_point now) const;

 private:
  using Key = std::array<unsigned char, 32>;

  [[nodiscard]] bool is_signed(std::string_view content, std::string_view signature) const;

  Random& random_;
  std::vector<Key> keys_;
};

}  // namespace confab::gateway
