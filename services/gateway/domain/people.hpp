#pragma once

#include "gateway/domain/people_ports.hpp"

namespace confab::gateway {

/// A search as a client asks for it.
struct Wanted {
  std::string text;
  std::string gid;
  std::string from;  ///< A username, or empty.
  std::int64_t after_ms = 0;
  std::int64_t before_ms = 0;
  std::uint32_t limit = 20;
  std::string cursor;
};

/// What users do to their own accounts, to others, and to find what was said: all that concerns
/// both the auth service, which owns accounts, and the message-store, which shows them. Event loop
/// only.
class People {
 public:
  People(Profiles& profiles, Accounts& accounts, PeopleStore& store, Gatekeeper& gate)
      : profiles_(profiles), accounts_(accounts), store_(store), gate_(gate) {}

  /// The user as the account is now; as the token says while the auth service is away.
  [[nodiscard]] Task<User> me(User user);
  [[nodiscard]] Task<Result<User>> find(std::string handle);
  /// By the account's number alone, whoever has it as a username.
  [[nodiscard]] Task<Result<User>> of_id(std::int64_t id);
  [[nodiscard]] Task<Result<std::vector<User>>> search(std::string prefix, std::uint32_t limit);

  /// May be repeated when it failed.
  [[nodiscard]] Task<Result<User>> rename(User user, std::string name);
  /// All other sessions end at once.
  [[nodiscard]] Task<Result<>> change_password(Identity identity, std::string old_password,
                                               std::string new_password);
  [[nodiscard]] Task<Result<>> delete_account(Identity identity, std::string password, bool redact);
  [[nodiscard]] Task<Result<std::vector<SessionInfo>>> sessions(Identity identity);
  [[nodiscard]] Task<Result<>> log_out_all(Identity identity);

  [[nodiscard]] Task<Result<>> block(User user, std::string username);
  [[nodiscard]] Task<Result<>> unblock(User user, std::string username);
  /// Whom the user has blocked, the latest first, without those who are gone.
  [[nodiscard]] Task<Result<std::vector<User>>> blocked(User user);

  [[nodiscard]] Task<Result<SearchHits>> find_messages(User user, Wanted wanted);

 private:
  [[nodiscard]] Task<Result<User>> by_username(std::string username);
  void end(const std::vector<std::string>& session_ids);

  Profiles& profiles_;
  Accounts& accounts_;
  PeopleStore& store_;
  Gatekeeper& gate_;
};

}  // namespace confab::gateway
