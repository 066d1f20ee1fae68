#pragma once

#include <optional>
#include <span>
#include <vector>

#include "auth/domain/account.hpp"
#include "common/base/result.hpp"

namespace confab::auth {

/// A step from one refresh token of a session to the next.
struct SessionRotation {
  std::string family_digest;
  std::string rotation_digest;  ///< Of the token presented.
  std::string next_rotation_digest;
  Time now;
  Time expires_at;  ///< Of the next token.
};

enum class RotationOutcome {
  rotated,
  unknown,  ///< No such session, or it has ended or expired. Nothing was changed.
  reused,   ///< The token was rotated before: the session has been ended.
};

struct RotatedSession {
  RotationOutcome outcome = RotationOutcome::unknown;
  std::string session_id;  ///< Empty when unknown.
  User user;               ///< As of now; only the id when reused.
};

/// A user as kept, and whether it was made just now.
struct KeptUser {
  User user;
  bool made = false;
};

struct Revocations {
  std::vector<std::string> session_ids;
  std::int64_t cursor = 0;
};

/// Port: where accounts and sessions are kept. PgAccountStore implements it; tests use
/// FakeAccountStore; account_store_test.cpp holds what both promise.
///
/// Every call blocks and is safe from several threads. Beside the codes named below each fails with
/// unavailable or overloaded when nothing was done, and with unknown_outcome when the connection
/// was lost during a commit.
class AccountStore {
 public:
  /// How long a revocation may take from its time stamp until others can read it. A listing starts
  /// this much before its cursor, so that one committed late is not skipped.
  static constexpr std::chrono::seconds kRevocationOverlap{30};

  virtual ~AccountStore() = default;

  /// Adds a user and the first session of it, both or neither. username_taken when the key exists.
  [[nodiscard]] virtual Result<User> create(const NewUser& user, const NewSession& session) = 0;

  /// Adds those of the users whose keys are free, and to each user, made or found, the session at
  /// its place; all or nothing. Answers in the order of `users`, whose keys must all differ.
  [[nodiscard]] virtual Result<std::vector<KeptUser>> provision(
      std::span<const NewUser> users, std::span<const NewSession> sessions) = 0;

  [[nodiscard]] virtual Result<std::optional<Credentials>> find_credentials(
      const std::string& username_key) = 0;

  /// Replaces the hash unless it changed since it was read.
  [[nodiscard]] virtual Result<> replace_password_hash(std::int64_t user_id,
                                                       const std::string& old_hash,
                                                       const std::string& new_hash) = 0;

  /// Those of the users that exist, each once, in no order.
  [[nodiscard]] virtual Result<std::vector<User>> lookup(
      const std::vector<std::string>& username_keys, const std::vector<std::int64_t>& ids) = 0;

  /// user_not_found when there is no such user.
  [[nodiscard]] virtual Result<> open_session(std::int64_t user_id, const NewSession& session) = 0;

  /// Of several calls with one token exactly one is answered with `rotated`.
  [[nodiscard]] virtual Result<RotatedSession> rotate(const SessionRotation& rotation) = 0;

  /// Ends the session; whether it was running. `session_id` is a UUID.
  [[nodiscard]] virtual Result<bool> revoke(const std::string& session_id) = 0;

  /// The sessions ended since `cursor` and within `window`, and the cursor to pass next time. A
  /// session may be listed again in later answers and never is left out of all of them. The store's
  /// own clock stamps and lists, so that clocks of processes need not agree.
  [[nodiscard]] virtual Result<Revocations> revocations(std::int64_t cursor,
                                                        std::chrono::seconds window) = 0;

  /// Forgets sessions whose refresh token expired before `time`; how many there were.
  [[nodiscard]] virtual Result<std::int64_t> purge_sessions(Time time) = 0;
};

}  // namespace confab::auth
