#pragma once

#include <unordered_map>

#include "common/base/random.hpp"
#include "gateway/dialects/v1/commands.hpp"
#include "gateway/dialects/v1/room_cards.hpp"
#include "gateway/dialects/v1/socketio_session.hpp"
#include "gateway/domain/hub.hpp"
#include "gateway/socketio/application.hpp"

namespace confab::gateway::dialects {

/// The domain as the doors use it.
struct DoorParts {
  Gatekeeper& gate;
  Accounts& accounts;
  Chat& chat;
  Commands& commands;
  Hub& hub;
  SessionBook& sessions;
  Loop& loop;
  Random& random;
};

/// The vocabulary over Socket.IO, namespace "/": `auth: {token, pid?, rooms?}`, commands as events
/// with an ack, events as events. A client is let in once it is subscribed to its rooms.
class SocketIoDoor final : public Application {
 public:
  /// Commands of one client without an answer; more are refused with rate_limited.
  static constexpr std::size_t kMaxInFlight = 1000;

  explicit SocketIoDoor(DoorParts parts);

  void on_connect(const std::shared_ptr<Socket>& socket, std::string auth_json) override;
  void on_event(const std::shared_ptr<Socket>& socket, IncomingEvent event) override;
  void on_drained(const std::shared_ptr<Socket>& socket) override;
  void on_disconnect(const std::shared_ptr<Socket>& socket, std::string_view reason) override;

 private:
  using SessionPtr = std::shared_ptr<SocketIoSession>;
  struct Greeting {
    std::string token;
    std::string ticket;  ///< Of the connection before.
    RoomWish wish;
  };

  [[nodiscard]] static Result<Greeting> parse_greeting(const std::string& auth_json);
  [[nodiscard]] Task<> let_in(std::shared_ptr<Socket> socket, Greeting greeting);
  void put_out(const SessionPtr& session);

  // socketio_rooms.cpp: which rooms a session hears.
  [[nodiscard]] Task<Result<>> join_rooms(SessionPtr session);
  [[nodiscard]] Task<bool> join_recent_rooms(SessionPtr session);
  void remember_rooms(SocketIoSession& session);
  [[nodiscard]] RoomCardPtr card(const Room& room);
  [[nodiscard]] Task<> join_rooms_later(SessionPtr session);
  [[nodiscard]] Task<> follow_notice(SessionPtr session, UserNotice notice);
  [[nodiscard]] Task<> hear_from(SessionPtr session, Admission room, Position from);
  [[nodiscard]] Task<> look_again(SessionPtr session);
  [[nodiscard]] Task<Result<>> compare_rooms(SessionPtr session);
  [[nodiscard]] Task<> tell_if_removed(SessionPtr session, RoomCardPtr room);

  [[nodiscard]] Task<> answer(SessionPtr session, IncomingEvent event);
  [[nodiscard]] Task<Result<std::string>> run(SessionPtr session, std::string name,
                                              std::string args_json);
  [[nodiscard]] Task<Result<std::string>> subscribe(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<std::string>> unsubscribe(SessionPtr session, boost::json::object data);
  [[nodiscard]] Task<Result<std::string>> renew(SessionPtr session, boost::json::object data);

  DoorParts parts_;
  SocketIoSession::Asks asks_;
  RoomCards cards_;
  std::unordered_map<const Socket*, SessionPtr> open_;
};

}  // namespace confab::gateway::dialects
