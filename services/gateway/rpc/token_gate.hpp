#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "common/base/clock.hpp"
#include "common/jwt/jwt.hpp"
#include "common/rpc/peer.hpp"
#include "confab/auth/v1/auth.grpc.pb.h"
#include "gateway/domain/ports.hpp"
#include "gateway/rpc/resume_ticket.hpp"

namespace confab::gateway {

/// Verifies access tokens with the auth service's public keys, and resume tickets with its resume
/// keys, all held in memory, and knows the sessions revoked of late. With the auth service away,
/// valid tokens and tickets go on to work. It asks one thing at a time, so its calls need no
/// window, and the flood of logins that fills that of others does not hold up word of revoked
/// sessions. Event loop only.
class TokenGate final : public Gatekeeper {
 public:
  using Stub = rpc::StubOf<auth::v1::Auth>;

  static constexpr std::chrono::seconds kKeysEvery{60};
  /// Least time between two fetches that unknown keys in tokens cause.
  static constexpr std::chrono::seconds kKeysOnDemand{5};
  static constexpr std::chrono::milliseconds kRevocationsEvery{1000};
  /// A revoked session is remembered this long: longer than any access token lives.
  static constexpr std::chrono::hours kRevokedFor{24};

  struct Events {
    std::function<void(const std::string& session_id)> revoked = [](const auto&) {};
    std::function<void(bool up)> auth_up = [](bool) {};
    /// The resume keys came, as they do with every fetch of the keys.
    std::function<void(const std::vector<std::string>&)> resume_keys = [](const auto&) {};
    /// A client came back with a ticket; `result` is the name of a TicketOutcome.
    std::function<void(std::string_view result)> ticket = [](auto) {};
  };

  TokenGate(Stub& stub, Loop& loop, Clock& clock, Random& random, jwt::Party party, Events events);

  /// unavailable when the token is signed by a key not seen before and the keys cannot be fetched.
  [[nodiscard]] Task<Result<Identity>> identify(std::string token) override;
  [[nodiscard]] Task<Result<Identity>> resume(std::string token, std::string ticket) override;
  [[nodiscard]] std::string ticket(const Identity& identity) override;
  void revoke(const std::string& session_id) override;

  /// Fetches the keys, or waits for the fetch under way; the first success is what makes a gateway
  /// ready.
  [[nodiscard]] Task<Result<>> fetch_keys();
  /// Follows keys and revocations, for ever.
  [[nodiscard]] Task<> watch();

 private:
  [[nodiscard]] Result<Identity> unless_revoked(Identity identity) const;
  [[nodiscard]] Task<Result<>> fetch_keys_on_demand();
  [[nodiscard]] Task<Result<>> ask_for_keys();
  [[nodiscard]] Task<> poll_revocations();
  void forget_old();

  Stub& stub_;
  Loop& loop_;
  Clock& clock_;
  Events events_;
  jwt::Verifier verifier_;
  ResumeTickets tickets_;
  std::chrono::system_clock::time_point keys_at_{};  // When they were last asked for.
  std::shared_ptr<Gate> fetching_;                   // Set while they are fetched.
  Result<> last_fetch_;
  std::int64_t cursor_ = 0;
  std::unordered_map<std::string, std::chrono::system_clock::time_point> revoked_;
};

}  // namespace confab::gateway
