#pragma once

#include <algorithm>

#include "auth/domain/account_store.hpp"
#include "auth/domain/audit_trail.hpp"
#include "auth/domain/refresh_token.hpp"
#include "auth/domain/token_issuer.hpp"
#include "common/base/clock.hpp"

namespace confab::auth {

struct TokenLives {
  std::chrono::milliseconds access{std::chrono::minutes(15)};
  std::chrono::milliseconds refresh{std::chrono::hours(30 * 24)};  ///< From its last rotation.
  /// The most that provisioning may give an access token; 0 when there is no provisioning.
  std::chrono::milliseconds provisioned{0};

  /// Of any access token.
  [[nodiscard]] std::chrono::milliseconds longest_access() const {
    return std::max(access, provisioned);
  }
};

/// What a client holds of its session.
struct SessionGrant {
  User user;
  std::string session_id;
  std::string access_token;
  std::chrono::seconds expires_in{0};  ///< Life of the access token from now.
  std::string refresh_token;
};

/// Sessions: begun by AccountService, kept alive by rotating refresh tokens, ended by logging out
/// or by a refresh token that is presented again later than kGrace after its use. Thread-safe;
/// calls block on the store.
class SessionService {
 public:
  /// A client that lost the answer to a refresh may ask again for so long.
  static constexpr std::chrono::seconds kGrace{10};
  static constexpr std::size_t kSeedBytes = 32;
  static constexpr std::size_t kMaxListed = 100;

  SessionService(AccountStore& store, const TokenIssuer& tokens, AuditTrail& audit, Random& random,
                 const Clock& clock, TokenLives lives)
      : store_(store),
        tokens_(tokens),
        audit_(audit),
        random_(random),
        clock_(clock),
        lives_(lives) {}

  /// A session that exists once the store has kept `session`; grant() then makes its tokens.
  struct Draft {
    NewSession session;
    RefreshToken refresh_token;
  };
  [[nodiscard]] Draft draft();
  [[nodiscard]] SessionGrant grant(User user, const Draft& draft) const;

  /// The life a provisioned access token gets: `wish`, but not more than allowed; 0 wishes the
  /// most.
  [[nodiscard]] std::chrono::seconds provisioned_life(std::chrono::seconds wish) const;
  /// An access token of a session that has been kept.
  [[nodiscard]] std::string access_token(const User& user, const NewSession& session,
                                         std::chrono::seconds life) const;

  /// The token used last gives, within kGrace of that, the same successor again, with a new access
  /// token. unauthenticated when the token is unknown, expired, of an ended session or used before;
  /// the last also ends the session, because one of two holders of the token must have stolen it.
  [[nodiscard]] Result<SessionGrant> refresh(std::string_view refresh_token);

  /// Also succeeds when the session has ended before or never was. invalid_argument for no UUID.
  [[nodiscard]] Result<> logout(std::string_view session_id);

  /// Ends all sessions of the user; which they were.
  [[nodiscard]] Result<std::vector<std::string>> logout_all(std::int64_t user_id);

  /// The user's running sessions, the latest used first, at most kMaxListed.
  [[nodiscard]] Result<std::vector<SessionInfo>> list(std::int64_t user_id);

  /// Sessions ended since the cursor whose access tokens may still be valid: see
  /// AccountStore::revocations. invalid_argument for a negative cursor.
  [[nodiscard]] Result<Revocations> revocations(std::int64_t cursor);

  /// Forgets sessions that can neither be refreshed nor have a valid access token.
  [[nodiscard]] Result<std::int64_t> purge();

 private:
  [[nodiscard]] SessionGrant grant(User user, const std::string& session_id,
                                   const RefreshToken& refresh_token) const;
  [[nodiscard]] std::chrono::seconds longest_access() const;
  /// The successor of a token that was rotated with this seed.
  [[nodiscard]] RefreshToken successor(const RefreshToken& token, const std::string& seed) const;

  AccountStore& store_;
  const TokenIssuer& tokens_;
  AuditTrail& audit_;
  Random& random_;
  const Clock& clock_;
  TokenLives lives_;
};

}  // namespace confab::auth
