#pragma once

#include "auth/domain/account_store.hpp"
#include "auth/domain/audit_trail.hpp"
#include "auth/domain/login_throttle.hpp"
#include "auth/domain/password_hasher.hpp"

namespace confab::auth {

/// What users do to their own accounts, and see of others'. Thread-safe; blocks on the store.
/// change_password(), ghost() and erase() hash, so they belong on the threads kept for
/// that. All fail with user_not_found for an account that is not there (any more).
class ProfileService {
 public:
  static constexpr std::size_t kMaxFound = 50;
  static constexpr auto kGhostName = "Deleted user";

  ProfileService(AccountStore& store, PasswordHasher& hasher, LoginThrottle& throttle,
                 AuditTrail& audit)
      : store_(store), hasher_(hasher), throttle_(throttle), audit_(audit) {}

  /// By username, id or UUID, in that order of precedence.
  [[nodiscard]] Result<User> find(std::string_view handle);

  /// Whose username or display name begins so, without regard to case; by username.
  /// invalid_argument for an empty or malformed prefix and for a limit that is not 1 to kMaxFound.
  [[nodiscard]] Result<std::vector<User>> search(std::string_view prefix, std::size_t limit);

  /// invalid_argument (see profile.hpp).
  [[nodiscard]] Result<Renamed> rename(std::int64_t user_id, const std::string& name);

  /// Ends all sessions but `session_id`; which they were. invalid_argument for a new password that
  /// is none; invalid_credentials for a wrong old one; login_rate_limited after too many of them.
  [[nodiscard]] Result<std::vector<std::string>> change_password(std::int64_t user_id,
                                                                 const std::string& session_id,
                                                                 std::string_view old_password,
                                                                 std::string_view new_password);

  /// How the user would be shown once erase() is done. invalid_credentials, login_rate_limited.
  [[nodiscard]] Result<User> ghost(std::int64_t user_id, std::string_view password);

  /// Deletes the account and ends its sessions; which they were. Its row stays, under a name that
  /// nobody can have, and its username stays taken. invalid_credentials, login_rate_limited.
  [[nodiscard]] Result<std::vector<std::string>> erase(std::int64_t user_id,
                                                       std::string_view password);

 private:
  [[nodiscard]] Result<Credentials> proven(std::int64_t user_id, std::string_view password);
  [[nodiscard]] Result<std::vector<std::string>> replace_password(std::int64_t user_id,
                                                                  const std::string& session_id,
                                                                  std::string_view old_password,
                                                                  std::string_view new_password);

  AccountStore& store_;
  PasswordHasher& hasher_;
  LoginThrottle& throttle_;
  AuditTrail& audit_;
};

}  // namespace confab::auth
