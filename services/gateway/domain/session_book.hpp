#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/domain/ports.hpp"
#include "gateway/domain/recent_rooms.hpp"
#include "gateway/domain/subscriber.hpp"

namespace confab::gateway {

/// Why a session's connection is ended by the server; clients may come back after each.
enum class EndReason {
  token_expired,
  session_revoked,
  draining,  ///< The gateway ends: once all that is under way for the session has been answered.
  stopping,  ///< The same, without waiting for it.
  slow,      ///< Memory is short, and much waits for this client.
  flood
};

struct CutSession;

/// A client's session as accounts see it.
class Session : public Subscriber {
 public:
  [[nodiscard]] virtual const Identity& identity() const = 0;
  /// Queues events that may be lost. False: they are, because the client reads too slowly now or
  /// has not been let in yet. As deliver() otherwise.
  virtual bool offer(const EventBatch& batch) = 0;
  /// The user entered or left a room, by whatever device.
  virtual void notice(const UserNotice& notice) = 0;
  /// The feed may have lost notices: look again which rooms there are.
  virtual void look_again() = 0;
  /// The token will expire soon: tell the client to bring a new one.
  virtual void warn_of_expiry() = 0;
  virtual void end(EndReason reason) = 0;
  /// The gateway will end, and by then, or when the client wishes, it is to come back elsewhere.
  virtual void goaway(std::chrono::milliseconds /*reconnect_in*/) {}
  /// Its connection is being closed.
  [[nodiscard]] virtual bool ending() const { return false; }
  /// Bytes that wait for the client to read on.
  [[nodiscard]] virtual std::size_t outbox_bytes() const = 0;
  /// What it can be found by when its client comes back; empty if that cannot be.
  [[nodiscard]] virtual std::string recovery_id() const { return {}; }
  /// Its client has come back elsewhere: cuts the connection off and gives what it had, if that is
  /// known, to be kept by the caller.
  [[nodiscard]] virtual std::optional<CutSession> give_up();
};

/// All authenticated sessions of this gateway, by user and by auth session. Event loop only.
class SessionBook {
 public:
  /// A client is warned this long before its token expires, and cut this long after.
  static constexpr std::chrono::seconds kWarning{60};
  static constexpr std::chrono::seconds kGrace{30};

  /// What happens within this time after something that makes lists of rooms doubtful is the same.
  static constexpr std::chrono::milliseconds kGathering{100};

  explicit SessionBook(Loop& loop) : loop_(loop), recent_(loop) {}

  /// The rooms of users who left a moment ago.
  [[nodiscard]] RecentRooms& recent() { return recent_; }

  /// The session hears its user's notices from now on.
  void admit(std::shared_ptr<Session> session);
  void remove(const Session& session);

  void on_notice(const UserNotice& notice);
  /// Notices were not heard for a while, or what is known of who is in which room may be wrong:
  /// all look again, within kGathering or now.
  void look_again_soon();
  void look_again();
  /// Ends every connection of the auth session.
  void revoke(const std::string& session_id);
  /// Warns and ends by expiry; to be called every few seconds.
  void sweep(std::chrono::system_clock::time_point now);
  void end_all(EndReason reason);

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<std::shared_ptr<Session>> all() const;
  /// The user's session with that recovery_id(); null if there is none.
  [[nodiscard]] std::shared_ptr<Session> find(std::int64_t user_id, std::string_view id) const;

  /// Whether `holds` is true of one of the user's sessions.
  template <typename Predicate>
  [[nodiscard]] bool any_of(std::int64_t user_id, Predicate holds) const {
    const auto found = by_user_.find(user_id);
    if (found == by_user_.end()) return false;
    for (const auto& kept : found->second) {
      if (holds(*kept.session)) return true;
    }
    return false;
  }

 private:
  struct Kept {
    std::shared_ptr<Session> session;
    std::chrono::system_clock::time_point warned_for{};  // The expiry the client was told of.
  };

  Loop& loop_;
  RecentRooms recent_;
  bool looking_soon_ = false;
  std::unordered_map<std::int64_t, std::vector<Kept>> by_user_;
};

}  // namespace confab::gateway
