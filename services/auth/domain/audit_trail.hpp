#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "auth/domain/account_store.hpp"
#include "common/base/result.hpp"

namespace confab::auth {

/// Port: told what operators watch. LoggedAuditTrail counts and logs it; tests use
/// RecordedAuditTrail. Never given a name, password or token. Thread-safe and never blocks.
class AuditTrail {
 public:
  virtual ~AuditTrail() = default;

  virtual void registered(const Result<std::int64_t>& user_id) = 0;
  /// An operator was given tokens of so many accounts, made just now or found.
  virtual void provisioned(std::size_t made, std::size_t found) = 0;
  /// `user_id` is 0 when nobody has the username; `refused` is empty when the login succeeded.
  virtual void login(std::int64_t user_id, const std::optional<Error>& refused) = 0;
  virtual void refresh(const Result<RotatedSession>& rotation) = 0;
  virtual void logged_out(const std::string& session_id) = 0;
  /// The cost of hashing changed and a login brought the user's hash up to it, or failed to.
  virtual void rehashed(std::int64_t user_id, const Result<>& done) = 0;
  virtual void renamed(std::int64_t user_id) = 0;
  /// `refused` is empty when it was done, and `ended` sessions with it.
  virtual void password_changed(std::int64_t user_id, const std::optional<Error>& refused,
                                std::size_t ended) = 0;
  /// The user deleted the account, and `ended` sessions with it.
  virtual void erased(std::int64_t user_id, std::size_t ended) = 0;
};

}  // namespace confab::auth
