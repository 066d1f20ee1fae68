#pragma once

#include "auth/domain/account_store.hpp"
#include "auth/domain/audit_trail.hpp"
#include "auth/domain/login_throttle.hpp"
#include "auth/domain/password_hasher.hpp"
#include "auth/domain/session_service.hpp"

namespace confab::auth {

/// Accounts: making them, logging in to them, finding them. Thread-safe. add_user() and login()
/// hash, so they belong on the threads kept for that; both block on the store, as lookup() does.
class AccountService {
 public:
  static constexpr std::size_t kMaxLookups = 1000;
  /// How often a login begins anew because the hash was replaced while it was being verified.
  static constexpr int kMaxAttempts = 3;

  AccountService(AccountStore& store, SessionService& sessions, PasswordHasher& hasher,
                 LoginThrottle& throttle, AuditTrail& audit, Random& random)
      : store_(store),
        sessions_(sessions),
        hasher_(hasher),
        throttle_(throttle),
        audit_(audit),
        random_(random) {}

  struct Registration {
    std::string username;
    std::string password;
    std::string name;  ///< Empty: the username.
  };

  /// invalid_argument (see profile.hpp) or username_taken.
  [[nodiscard]] Result<SessionGrant> add_user(const Registration& registration);

  /// invalid_credentials for an unknown user and a wrong password, after the same work;
  /// login_rate_limited after too many of them.
  [[nodiscard]] Result<SessionGrant> login(std::string_view username, std::string_view password);

  /// Those that exist. invalid_argument for more than kMaxLookups usernames or ids.
  [[nodiscard]] Result<std::vector<User>> lookup(const std::vector<std::string>& usernames,
                                                 const std::vector<std::int64_t>& ids);

 private:
  /// A login that stands between the look at the credentials and the session.
  struct Attempt {
    std::int64_t user_id = 0;  ///< 0: nobody.
    bool overtaken = false;    ///< The hash was replaced, or the account erased, meanwhile.
  };

  [[nodiscard]] Result<SessionGrant> create(const Registration& registration);
  [[nodiscard]] Result<SessionGrant> attempt(const std::string& key, std::string_view password,
                                             Attempt& made);
  [[nodiscard]] Result<std::optional<Credentials>> find(const std::string& key);
  [[nodiscard]] Result<bool> verify(const std::optional<Credentials>& credentials,
                                    std::string_view password);
  [[nodiscard]] Result<SessionGrant> open_session(const Credentials& credentials,
                                                  std::string_view password);
  void update_hash(const Credentials& credentials, std::string_view password);

  AccountStore& store_;
  SessionService& sessions_;
  PasswordHasher& hasher_;
  LoginThrottle& throttle_;
  AuditTrail& audit_;
  Random& random_;
};

}  // namespace confab::auth
