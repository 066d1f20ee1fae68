#pragma once

#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// A running session of a user.
struct SessionInfo {
  std::string id;
  std::int64_t created_ms = 0;
  std::int64_t used_ms = 0;  ///< When it was last refreshed.
};

/// A user with a new name.
struct Renamed {
  User user;
  std::int64_t version = 0;  ///< Of several names of a user that with the highest is the newest.
};

/// What a deleted account leaves.
struct Farewell {
  User ghost;                              ///< How the user is shown from then on.
  std::vector<std::string> session_ids{};  ///< Those that ended.
};

/// A search for messages; 0 and "" are no condition.
struct SearchQuestion {
  std::int64_t user_id = 0;
  std::string text;
  std::string gid;
  std::int64_t sender_id = 0;
  std::int64_t after_ms = 0;
  std::int64_t before_ms = 0;
  std::uint32_t limit = 0;
  std::string cursor;
};

struct SearchHit {
  std::string gid;
  std::uint64_t seq = 0;
  std::string msg_id;  ///< Text form.
  std::int64_t created_ms = 0;
  User sender;
  std::string text;
};

struct SearchHits {
  std::vector<SearchHit> hits;  ///< From the newest to the oldest.
  std::string cursor;           ///< Empty when there are no others.
};

/// Port: accounts as their users change them, at the auth service. user_not_found for an account
/// that is not there (any more).
class Profiles {
 public:
  virtual ~Profiles() = default;
  /// By username, id in digits or UUID.
  [[nodiscard]] virtual Task<Result<User>> find(std::string handle) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<User>>> search(std::string prefix,
                                                               std::uint32_t limit) = 0;
  [[nodiscard]] virtual Task<Result<Renamed>> rename(std::int64_t user_id, std::string name) = 0;
  /// The sessions that ended: all but that one.
  [[nodiscard]] virtual Task<Result<std::vector<std::string>>> change_password(
      std::int64_t user_id, std::string session_id, std::string old_password,
      std::string new_password) = 0;
  /// With `only_check` nothing is done.
  [[nodiscard]] virtual Task<Result<Farewell>> erase(std::int64_t user_id, std::string password,
                                                     bool only_check) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<SessionInfo>>> sessions(std::int64_t user_id) = 0;
  /// Ends all; which they were.
  [[nodiscard]] virtual Task<Result<std::vector<std::string>>> log_out_all(
      std::int64_t user_id) = 0;
  /// Those of the ids that exist, in no order.
  [[nodiscard]] virtual Task<Result<std::vector<User>>> of_ids(std::vector<std::int64_t> ids) = 0;
};

/// Port: users at the message-store.
class PeopleStore {
 public:
  virtual ~PeopleStore() = default;
  /// Counts for nothing when a newer name of the user was saved, or the user forgotten.
  [[nodiscard]] virtual Task<Result<>> save(Renamed renamed) = 0;
  [[nodiscard]] virtual Task<Result<>> forget(User ghost, bool redact) = 0;
  [[nodiscard]] virtual Task<Result<>> block(std::int64_t user_id, std::int64_t blocked_id) = 0;
  [[nodiscard]] virtual Task<Result<>> unblock(std::int64_t user_id, std::int64_t blocked_id) = 0;
  /// The latest first.
  [[nodiscard]] virtual Task<Result<std::vector<std::int64_t>>> blocked(std::int64_t user_id) = 0;
  [[nodiscard]] virtual Task<Result<SearchHits>> search(SearchQuestion question) = 0;
};

}  // namespace confab::gateway
