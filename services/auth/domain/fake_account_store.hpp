#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "auth/domain/account_store.hpp"

namespace confab::auth {

/// Keeps accounts in memory, for tests. Each revocation takes one microsecond of its clock.
class FakeAccountStore final : public AccountStore {
 public:
  std::optional<Error> failure;  ///< What every call answers while it is set.

  Result<User> create(const NewUser& user, const NewSession& session) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    if (find(user.username_key) != nullptr) return Error{ErrorCode::username_taken, "taken"};
    const auto id = static_cast<std::int64_t>(accounts_.size()) + 1;
    accounts_[id] = {user.username_key,
                     {{id, user.uuid, user.username, user.name}, user.password_hash}};
    sessions_.push_back({session, id, std::nullopt});
    return accounts_[id].credentials.user;
  }

  Result<std::vector<KeptUser>> provision(std::span<const NewUser> users,
                                          std::span<const NewSession> sessions) override {
    if (failure) return *failure;
    for (const auto& user : users) {
      const std::lock_guard lock(mutex_);
      const auto* found = find(user.username_key);
      if (found != nullptr && found->deleted) return Error{ErrorCode::username_taken, "deleted"};
    }
    std::vector<KeptUser> kept;
    for (std::size_t i = 0; i < users.size(); ++i) {
      if (const auto made = create(users[i], sessions[i])) {
        kept.push_back({*made, true});
        continue;
      }
      const std::lock_guard lock(mutex_);
      const auto& user = find(users[i].username_key)->credentials.user;
      sessions_.push_back({sessions[i], user.id, std::nullopt});
      kept.push_back({user, false});
    }
    return kept;
  }

  Result<std::optional<Credentials>> find_credentials(const std::string& username_key) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const auto* found = find(username_key);
    if (found != nullptr && found->deleted) found = nullptr;
    return found == nullptr ? std::nullopt : std::optional(found->credentials);
  }

  Result<> replace_password_hash(std::int64_t user_id, const std::string& old_hash,
                                 const std::string& new_hash) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(user_id);
    if (found != accounts_.end() && found->second.credentials.password_hash == old_hash) {
      found->second.credentials.password_hash = new_hash;
    }
    return {};
  }

  Result<std::vector<User>> lookup(const std::vector<std::string>& username_keys,
                                   const std::vector<std::int64_t>& ids) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const std::set<std::string> keys(username_keys.begin(), username_keys.end());
    const std::set<std::int64_t> numbers(ids.begin(), ids.end());
    std::vector<User> out;
    for (const auto& [id, account] : accounts_) {
      if (account.deleted) continue;
      if (keys.contains(account.username_key) || numbers.contains(id)) {
        out.push_back(account.credentials.user);
      }
    }
    return out;
  }

  Result<> open_session(std::int64_t user_id, const std::string& password_hash,
                        const NewSession& session) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const auto* account = living(user_id);
    if (account == nullptr || account->credentials.password_hash != password_hash) {
      return Error{ErrorCode::invalid_credentials, "changed"};
    }
    sessions_.push_back({session, user_id, std::nullopt});
    return {};
  }

  Result<RotatedSession> rotate(const SessionRotation& rotation) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    for (auto& kept : sessions_) {
      if (kept.session.family_digest != rotation.family_digest || kept.revoked_at) continue;
      if (kept.session.rotation_digest != rotation.rotation_digest) {
        if (kept.previous_digest == rotation.rotation_digest &&
            kept.used_at > rotation.grace_from && kept.session.expires_at > rotation.now) {
          return RotatedSession{RotationOutcome::repeated, kept.session.id,
                                accounts_[kept.user_id].credentials.user, kept.seed};
        }
        kept.revoked_at = ++microseconds_;
        return RotatedSession{RotationOutcome::reused, kept.session.id, {kept.user_id, {}, {}, {}}};
      }
      if (kept.session.expires_at <= rotation.now) break;
      kept.previous_digest = rotation.rotation_digest;
      kept.seed = rotation.seed;
      kept.used_at = rotation.now;
      kept.session.rotation_digest = rotation.next_rotation_digest;
      kept.session.expires_at = rotation.expires_at;
      return RotatedSession{RotationOutcome::rotated, kept.session.id,
                            accounts_[kept.user_id].credentials.user};
    }
    return RotatedSession{};
  }

  Result<bool> revoke(const std::string& session_id) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    for (auto& kept : sessions_) {
      if (kept.session.id != session_id || kept.revoked_at) continue;
      kept.revoked_at = ++microseconds_;
      return true;
    }
    return false;
  }

  Result<Revocations> revocations(std::int64_t cursor, std::chrono::seconds window) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const auto now = ++microseconds_;
    const auto since =
        std::max(now - std::chrono::microseconds(window).count(),
                 std::min(cursor, now) - std::chrono::microseconds(kRevocationOverlap).count());
    Revocations out{{}, now};
    for (const auto& kept : sessions_) {
      if (kept.revoked_at && *kept.revoked_at > since) out.session_ids.push_back(kept.session.id);
    }
    return out;
  }

  Result<std::vector<SessionInfo>> sessions_of(std::int64_t user_id, Time now,
                                               std::size_t limit) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    std::vector<SessionInfo> found;
    for (const auto& kept : sessions_) {
      if (kept.user_id != user_id || kept.revoked_at || kept.session.expires_at <= now) continue;
      found.push_back({kept.session.id, kept.session.created_at, kept.used_at});
    }
    std::sort(found.begin(), found.end(), [](const SessionInfo& a, const SessionInfo& b) {
      return a.used_at != b.used_at ? a.used_at > b.used_at : a.id < b.id;
    });
    if (found.size() > limit) found.resize(limit);
    return found;
  }

  Result<std::vector<std::string>> revoke_all(std::int64_t user_id,
                                              const std::string& except) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    return revoke_locked(user_id, except);
  }

  Result<std::optional<User>> find(const UserHandle& handle) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    std::optional<User> found;
    for (const auto& [id, account] : accounts_) {
      const auto& user = account.credentials.user;
      if (account.deleted) continue;
      if (account.username_key == handle.username_key) return std::optional(user);
      if (id == handle.id || user.uuid == handle.uuid) found = user;
    }
    return found;
  }

  Result<std::vector<User>> search(const std::string& key, const std::string& name,
                                   std::size_t limit) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const auto folded = [](std::string text) {
      for (auto& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      return text;
    };
    std::map<std::string, User> by_key;
    for (const auto& [id, account] : accounts_) {
      const auto& user = account.credentials.user;
      if (account.deleted) continue;
      if (account.username_key.starts_with(key) || folded(user.name).starts_with(folded(name))) {
        by_key[account.username_key] = user;
      }
    }
    std::vector<User> users;
    for (const auto& [username_key, user] : by_key) {
      if (users.size() < limit) users.push_back(user);
    }
    return users;
  }

  Result<Renamed> rename(std::int64_t user_id, const std::string& name) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    auto* account = living(user_id);
    if (account == nullptr) return nobody();
    account->credentials.user.name = name;
    return Renamed{account->credentials.user, ++account->name_version};
  }

  Result<Credentials> credentials_of(std::int64_t user_id) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    const auto* account = living(user_id);
    if (account == nullptr) return nobody();
    return account->credentials;
  }

  Result<std::optional<std::vector<std::string>>> change_password(
      std::int64_t user_id, const std::string& old_hash, const std::string& new_hash,
      const std::string& except) override {
    using Ended = std::optional<std::vector<std::string>>;
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    auto* account = living(user_id);
    if (account == nullptr || account->credentials.password_hash != old_hash) return Ended();
    account->credentials.password_hash = new_hash;
    return Ended(revoke_locked(user_id, except));
  }

  Result<std::vector<std::string>> erase(const User& ghost) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    auto* account = living(ghost.id);
    if (account == nullptr) return nobody();
    account->deleted = true;
    account->credentials.user.username = ghost.username;
    account->credentials.user.name = ghost.name;
    account->credentials.password_hash.clear();
    return revoke_locked(ghost.id, {});
  }

  Result<std::int64_t> purge_sessions(Time time) override {
    if (failure) return *failure;
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(std::erase_if(
        sessions_, [time](const Kept& kept) { return kept.session.expires_at < time; }));
  }

 private:
  struct Account {
    std::string username_key;
    Credentials credentials;
    bool deleted = false;
    std::int64_t name_version = 0;
  };
  struct Kept {
    NewSession session;
    std::int64_t user_id;
    std::optional<std::int64_t> revoked_at;
    Time used_at{session.created_at};
    std::string previous_digest{};
    std::string seed{};
  };

  std::vector<std::string> revoke_locked(std::int64_t user_id, const std::string& except) {
    std::vector<std::string> ended;
    for (auto& kept : sessions_) {
      if (kept.user_id != user_id || kept.revoked_at || kept.session.id == except) continue;
      kept.revoked_at = ++microseconds_;
      ended.push_back(kept.session.id);
    }
    return ended;
  }
  Account* living(std::int64_t user_id) {
    const auto found = accounts_.find(user_id);
    return found == accounts_.end() || found->second.deleted ? nullptr : &found->second;
  }
  static Error nobody() { return {ErrorCode::user_not_found, "no such user"}; }

  const Account* find(const std::string& username_key) const {
    for (const auto& [id, account] : accounts_) {
      if (account.username_key == username_key) return &account;
    }
    return nullptr;
  }

  std::mutex mutex_;  // Guards what follows.
  std::map<std::int64_t, Account> accounts_;
  std::vector<Kept> sessions_;
  std::int64_t microseconds_ = 1'000'000'000;
};

}  // namespace confab::auth
