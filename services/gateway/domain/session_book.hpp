#pragma once

#include <chrono>
#include <memory>
#include <unordered_map>
#include <vector>

#include "gateway/domain/ports.hpp"
#include "gateway/domain/subscriber.hpp"

namespace confab::gateway {

/// Why a session's connection is ended by the server; clients may come back after each.
enum class EndReason { token_expired, session_revoked, draining };

/// A client's session as accounts see it.
class Session : public Subscriber {
 public:
  [[nodiscard]] virtual const Identity& identity() const = 0;
  /// The user entered or left a room, by whatever device.
  virtual void notice(const UserNotice& notice) = 0;
  /// The feed may have lost notices: look again which rooms there are.
  virtual void look_again() = 0;
  /// The token will expire soon: tell the client to bring a new one.
  virtual void warn_of_expiry() = 0;
  virtual void end(EndReason reason) = 0;
};

/// All authenticated sessions of this gateway, by user and by auth session. Event loop only.
class SessionBook {
 public:
  /// A client is warned this long before its token expires, and cut this long after.
  static constexpr std::chrono::seconds kWarning{60};
  static constexpr std::chrono::seconds kGrace{30};

  explicit SessionBook(Feed& feed) : feed_(feed) {}

  /// Follows the user's notices from now on. Returns when the feed has confirmed or given up.
  [[nodiscard]] Task<> admit(std::shared_ptr<Session> session);
  void remove(const Session& session);

  void on_notice(const UserNotice& notice);
  /// The user's channel was not heard for a while.
  void on_feed_back(std::int64_t user_id);
  /// Ends every connection of the auth session.
  void revoke(const std::string& session_id);
  /// Warns and ends by expiry; to be called every few seconds.
  void sweep(std::chrono::system_clock::time_point now);
  void end_all(EndReason reason);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Kept {
    std::shared_ptr<Session> session;
    std::chrono::system_clock::time_point warned_for{};  // The expiry the client was told of.
  };

  [[nodiscard]] std::vector<std::shared_ptr<Session>> all() const;

  Feed& feed_;
  std::unordered_map<std::int64_t, std::vector<Kept>> by_user_;
};

}  // namespace confab::gateway
