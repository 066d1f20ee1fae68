#pragma once

#include "auth/domain/account_store.hpp"
#include "common/postgres/pool.hpp"

namespace confab::auth {

/// AccountStore in the tables auth.users and auth.sessions.
class PgAccountStore final : public AccountStore {
 public:
  explicit PgAccountStore(postgres::Pool& pool) : pool_(pool) {}

  Result<User> create(const NewUser& user, const NewSession& session) override;
  Result<std::vector<KeptUser>> provision(std::span<const NewUser> users,
                                          std::span<const NewSession> sessions) override;
  Result<std::optional<Credentials>> find_credentials(const std::string& username_key) override;
  Result<> replace_password_hash(std::int64_t user_id, const std::string& old_hash,
                                 const std::string& new_hash) override;
  Result<std::vector<User>> lookup(const std::vector<std::string>& username_keys,
                                   const std::vector<std::int64_t>& ids) override;
  Result<> open_session(std::int64_t user_id, const std::string& password_hash,
                        const NewSession& session) override;
  Result<RotatedSession> rotate(const SessionRotation& rotation) override;
  Result<bool> revoke(const std::string& session_id) override;
  Result<Revocations> revocations(std::int64_t cursor, std::chrono::seconds window) override;
  Result<std::int64_t> purge_sessions(Time time) override;

  // pg_profiles.cpp
  Result<std::vector<SessionInfo>> sessions_of(std::int64_t user_id, Time now,
                                               std::size_t limit) override;
  Result<std::vector<std::string>> revoke_all(std::int64_t user_id,
                                              const std::string& except) override;
  Result<std::optional<User>> find(const UserHandle& handle) override;
  Result<std::vector<User>> search(const std::string& key, const std::string& name,
                                   std::size_t limit) override;
  Result<Renamed> rename(std::int64_t user_id, const std::string& name) override;
  Result<Credentials> credentials_of(std::int64_t user_id) override;
  Result<std::optional<std::vector<std::string>>> change_password(
      std::int64_t user_id, const std::string& old_hash, const std::string& new_hash,
      const std::string& except) override;
  Result<std::vector<std::string>> erase(const User& ghost) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace confab::auth
