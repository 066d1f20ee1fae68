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
  std::string seed;  ///< 32 random bytes that the next token is made with.
  Time now;
  Time expires_at;  ///< Of the next token.
  /// A token that was rotated after this, last of all, may be presented again.
  Time grace_from;
};

enum class RotationOutcome {
  rotated,
  repeated,  ///< The token was rotated a moment ago, with `seed`. Nothing was changed.
  unknown,   ///< No such session, or it has ended or expired. Nothing was changed.
  reused,    ///< The token was rotated before: the session has been ended.
};

struct RotatedSession {
  RotationOutcome outcome = RotationOutcome::unknown;
  std::string session_id;  ///< Empty when unknown.
  User user;               ///< As of now; only the id when reused.
  std::string seed{};      ///< Of the rotation that is repeated.
};

/// A running session, as its user may see it.
struct SessionInfo {
  std::string id;
  Time created_at;
  Time used_at;  ///< When its refresh token was last used, or the session began.
};

/// How a user may be named.
struct UserHandle {
  std::string username_key;
  std::optional<std::int64_t> id;
  std::string uuid;  ///< Canonical text form, or empty.
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
  /// A listing starts this much before its cursor. The cursor does not pass a revocation whose
  /// commit is under way, however long that takes; this is for those that are just beginning.
  static constexpr std::chrono::seconds kRevocationOverlap{30};

  virtual ~AccountStore() = default;

  /// Adds a user and the first session of it, both or neither. username_taken when the key exists.
  [[nodiscard]] virtual Result<User> create(const NewUser& user, const NewSession& session) = 0;

  /// Adds those of the users whose keys are free, and to each user, made or found, the session at
  /// its place; all or nothing. Answers in the order of `users`, whose keys must all differ.
  /// username_taken when one of the keys is that of an erased account.
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

  /// invalid_credentials unless the account is there and this hash in force, which what a password
  /// was verified with need not be any more. A session that was opened is seen by whatever changes
  /// the password or erases the account after it.
  [[nodiscard]] virtual Result<> open_session(std::int64_t user_id,
                                              const std::string& password_hash,
                                              const NewSession& session) = 0;

  /// Of several calls with one token exactly one is answered with `rotated`; the others, within
  /// the grace, with `repeated`.
  [[nodiscard]] virtual Result<RotatedSession> rotate(const SessionRotation& rotation) = 0;

  /// Ends the session; whether it was running. `session_id` is a UUID.
  [[nodiscard]] virtual Result<bool> revoke(const std::string& session_id) = 0;

  /// The sessions ended since `cursor` and within `window`, and the cursor to pass next time. A
  /// session may be listed again in later answers and never is left out of all of them. The store's
  /// own clock stamps and lists, so that clocks of processes need not agree.
  [[nodiscard]] virtual Result<Revocations> revocations(std::int64_t cursor,
                                                        std::chrono::seconds window) = 0;

  /// The running sessions of the user, the latest used first; at most `limit`.
  [[nodiscard]] virtual Result<std::vector<SessionInfo>> sessions_of(std::int64_t user_id, Time now,
                                                                     std::size_t limit) = 0;

  /// Ends the user's running sessions but for `except` (empty: all); which they were.
  [[nodiscard]] virtual Result<std::vector<std::string>> revoke_all(std::int64_t user_id,
                                                                    const std::string& except) = 0;

  /// The user whom the handle names; of several its username counts before its id and uuid.
  [[nodiscard]] virtual Result<std::optional<User>> find(const UserHandle& handle) = 0;

  /// Users whose username_key begins with `key` or whose name, without regard to case, begins with
  /// `name`; in the order of their usernames.
  [[nodiscard]] virtual Result<std::vector<User>> search(const std::string& key,
                                                         const std::string& name,
                                                         std::size_t limit) = 0;

  /// user_not_found.
  [[nodiscard]] virtual Result<Renamed> rename(std::int64_t user_id, const std::string& name) = 0;

  /// user_not_found.
  [[nodiscard]] virtual Result<Credentials> credentials_of(std::int64_t user_id) = 0;

  /// Replaces the hash, unless it changed since it was read, and ends the user's sessions but for
  /// `except`, both or neither; which they were. Nothing when the hash had changed.
  [[nodiscard]] virtual Result<std::optional<std::vector<std::string>>> change_password(
      std::int64_t user_id, const std::string& old_hash, const std::string& new_hash,
      const std::string& except) = 0;

  /// Overwrites what is personal of the account by `ghost` and ends its sessions, both or neither;
  /// which they were. From then on it is found by nothing; its username stays taken.
  /// user_not_found also for the second time.
  [[nodiscard]] virtual Result<std::vector<std::string>> erase(const User& ghost) = 0;

  /// Forgets sessions whose refresh token expired before `time`; how many there were.
  [[nodiscard]] virtual Result<std::int64_t> purge_sessions(Time time) = 0;
};

}  // namespace confab::auth
