#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/dialects/v1/client_session.hpp"
#include "gateway/dialects/v1/door_parts.hpp"
#include "gateway/dialects/v1/room_cards.hpp"

namespace confab::gateway::dialects {

/// What the doors that keep connections open have in common: who is let in, which rooms a session
/// hears, what its commands do. A door adds how that is written. Event loop only.
class SessionHost {
 public:
  using SessionPtr = std::shared_ptr<ClientSession>;

  /// `came_back` is told what came of a client that named the session it had: "recovered", or why
  /// it got a new one: "refused", "gone", "away" (see RecallOutcome), "too_much" was missed, or the
  /// rooms could not be asked for ("failed").
  explicit SessionHost(
      DoorParts parts, SessionLimits options = {},
      std::function<void(std::string_view result)> came_back = [](auto) {});
  SessionHost(const SessionHost&) = delete;
  SessionHost& operator=(const SessionHost&) = delete;

  [[nodiscard]] const SessionLimits& options() const { return options_; }
  /// For the sessions' constructor.
  [[nodiscard]] const ClientSession::Asks& asks() const { return asks_; }

  /// A client's turn to come in, until its last copy is gone. Only turn() gives it, so that no door
  /// lets anybody in beside the line.
  class Turn {
    friend class SessionHost;
    explicit Turn(Place place) : place_(std::move(place)) {}
    Place place_;
  };
  /// Waits in line, as Intake::enter(). To be called before anything is asked of the stores; the
  /// client may have left when it returns.
  [[nodiscard]] Task<Result<Turn>> turn();

  /// Subscribes the session to the rooms it wished for, then opens it. False when the client has
  /// left meanwhile: nothing is kept of it then. Otherwise put_out() is due once, when it leaves.
  /// `turn` is held by the caller.
  [[nodiscard]] Task<bool> let_in(const Turn& turn, SessionPtr session);
  /// The same for a client that says it had the session of `pid`, and the last offset it was told.
  /// If it can be had, the client goes on there, with the same pid; else as by let_in().
  [[nodiscard]] Task<bool> let_back_in(const Turn& turn, SessionPtr session, std::string pid,
                                       std::string offset);
  /// `for_good`: it ended so that there is nothing to come back to.
  void put_out(const SessionPtr& session, bool for_good = false);

  /// Runs a command, of which parsing gave `data`; the session answers it if there is an `id`.
  void run(const SessionPtr& session, std::optional<std::uint64_t> id, std::string command,
           Result<boost::json::object> data);
  /// The client has read all that was sent, after a batch was refused.
  void caught_up(ClientSession& session);
  /// A command of the session's was refused, whoever runs it. Counts what limits refuse, and ends a
  /// session that goes on and on.
  void refused(ClientSession& session, const Error& error);

 private:
  [[nodiscard]] Task<> answer(SessionPtr session, std::optional<std::uint64_t> id,
                              std::string command, Result<boost::json::object> data);
  [[nodiscard]] Task<Result<std::string>> outcome(SessionPtr session, std::string command,
                                                  Result<boost::json::object> data);
  /// The commands that concern the connection; null for others.
  using OwnCommand = Task<Result<std::string>> (SessionHost::*)(SessionPtr, boost::json::object);
  [[nodiscard]] static OwnCommand own_command(std::string_view name);
  [[nodiscard]] Task<Result<std::string>> ping(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<std::string>> subscribe(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<Replay>> enter(SessionPtr session, Admission room,
                                           std::optional<Position> from);
  [[nodiscard]] Task<Result<std::string>> unsubscribe(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<std::string>> watch(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<std::string>> unwatch(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<std::string>> renew(SessionPtr session, boost::json::object data);

  [[nodiscard]] bool open(const SessionPtr& session, bool joined);
  [[nodiscard]] std::string pid_of(const ClientSession& session) const;

  // session_recovery.cpp: clients that go on where they were.
  [[nodiscard]] std::optional<CutSession> cut(const ClientSession& session) const;
  [[nodiscard]] Task<Result<bool>> recover_rooms(SessionPtr session, CutSession cut);
  [[nodiscard]] Task<Result<RecentRooms::List>> rooms_now(SessionPtr session);
  [[nodiscard]] Task<Result<std::vector<Return>>> rooms_to_hear(SessionPtr session, CutSession cut);
  void tell_removed(ClientSession& session, const CutSession& cut, const RoomRef& room);

  // session_rooms.cpp: which rooms a session hears.
  [[nodiscard]] Task<Result<>> join_rooms(SessionPtr session);
  [[nodiscard]] Task<bool> join_recent_rooms(SessionPtr session);
  void remember_rooms(ClientSession& session);
  [[nodiscard]] RoomCardPtr card(const Room& room);
  [[nodiscard]] Task<> join_rooms_later(SessionPtr session);
  [[nodiscard]] Task<> follow_notice(SessionPtr session, UserNotice notice);
  [[nodiscard]] Task<> hear_from(SessionPtr session, Admission room, Position from);
  [[nodiscard]] Task<> look_again(SessionPtr session);
  [[nodiscard]] Task<Result<>> compare_rooms(SessionPtr session);
  [[nodiscard]] Task<> check_watched_rooms(SessionPtr session);
  [[nodiscard]] Task<> await_removal(SessionPtr session, RoomRef room);
  [[nodiscard]] Task<bool> tell_if_removed(SessionPtr session, RoomRef room);

  void answer_now(const SessionPtr& session, std::optional<std::uint64_t> id,
                  std::string_view command, const Result<std::string>& outcome);

  DoorParts parts_;
  const SessionLimits options_;
  std::function<void(std::string_view)> came_back_;
  ClientSession::Asks asks_;
  RoomCards cards_;
};

}  // namespace confab::gateway::dialects
