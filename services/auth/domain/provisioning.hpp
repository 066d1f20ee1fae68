#pragma once

#include "auth/domain/account_store.hpp"
#include "auth/domain/audit_trail.hpp"
#include "auth/domain/password_hasher.hpp"
#include "auth/domain/session_service.hpp"

namespace confab::auth {

/// Accounts in bulk, for operators: each with a session and an access token that may live long.
/// Thread-safe. Hashes, so it belongs on the threads kept for that, and blocks on the store.
class Provisioning {
 public:
  static constexpr std::size_t kMaxAccounts = 1000;

  Provisioning(AccountStore& store, SessionService& sessions, PasswordHasher& hasher,
               AuditTrail& audit, Random& random)
      : store_(store), sessions_(sessions), hasher_(hasher), audit_(audit), random_(random) {}

  struct Plan {
    std::string username;
    std::string name;      ///< Empty: the username.
    std::string password;  ///< Empty: that of the order.
    std::string hash;      ///< In place of a password; PasswordHasher::can_verify().
  };
  struct Order {
    std::vector<std::string> usernames;  ///< With `accounts` at most kMaxAccounts, each once.
    std::string password;                ///< Of those made. Empty: one that nobody knows.
    bool hash_once = false;              ///< One hash for all of them instead of one each.
    std::chrono::seconds token_life{0};  ///< Capped; 0: the most that is allowed.
    std::vector<Plan> accounts{};
  };
  struct Account {
    User user;
    std::string access_token;
    bool made = false;  ///< Otherwise found, and unchanged.
  };
  struct Delivery {
    std::vector<Account> accounts;  ///< As the usernames, then as the accounts.
    std::chrono::seconds expires_in{0};
  };

  /// invalid_argument naming the username or limit that is not kept; then nothing was done.
  [[nodiscard]] Result<Delivery> provision(const Order& order);

 private:
  [[nodiscard]] Result<std::vector<NewUser>> draft_users(const std::vector<Plan>& plans);
  [[nodiscard]] Result<> check(const Plan& plan) const;
  [[nodiscard]] Result<> hash(const Order& order, const std::vector<Plan>& plans,
                              std::vector<NewUser>& users);

  AccountStore& store_;
  SessionService& sessions_;
  PasswordHasher& hasher_;
  AuditTrail& audit_;
  Random& random_;
};

}  // namespace confab::auth
