#pragma once

#include <deque>
#include <unordered_map>

#include "gateway/domain/session_book.hpp"
#include "gateway/socketio/socket.hpp"

namespace confab::gateway::dialects {

/// Which of the user's rooms a connection listens to from the start, by `auth.rooms`: all (the
/// default), "none", or the gids listed.
struct RoomWish {
  bool all = true;
  std::vector<std::string> gids;
};

/// A room a client has been told of.
struct KnownRoom {
  std::string gid;
  std::string json;  ///< What `room.removed` says of it.
};

/// A Socket.IO connection of an authenticated user, in the namespace of the vocabulary. It only
/// carries: what is asked of it, SocketIoDoor does.
class SocketIoSession final : public Session, public std::enable_shared_from_this<SocketIoSession> {
 public:
  /// Events kept until the client's CONNECT is answered. More: it must come again.
  static constexpr std::size_t kMaxEarly = 2000;

  /// What a session has others do, since it never calls the hub itself.
  struct Asks {
    std::function<void(const std::shared_ptr<SocketIoSession>&, const UserNotice&)> notice;
    std::function<void(const std::shared_ptr<SocketIoSession>&)> look_again;
  };

  SocketIoSession(std::shared_ptr<Socket> socket, Identity identity, RoomWish wish,
                  const Asks& asks)
      : socket_(std::move(socket)),
        identity_(std::move(identity)),
        wish_(std::move(wish)),
        asks_(asks) {}

  [[nodiscard]] std::int64_t user_id() const override { return identity_.user.id; }
  [[nodiscard]] bool gone() const override { return gone_; }
  [[nodiscard]] const Identity& identity() const override { return identity_; }
  void deliver(const std::shared_ptr<const LiveEvent>& event) override;
  void notice(const UserNotice& notice) override;
  void look_again() override;
  void warn_of_expiry() override;
  void end(EndReason reason) override;

  /// Answers the CONNECT, with the ticket to come back with; what came meanwhile follows it. False
  /// when the client has left.
  [[nodiscard]] bool open(std::string_view ticket);
  void mark_gone() { gone_ = true; }
  void renew(Identity identity) { identity_ = std::move(identity); }
  void answer(std::optional<std::uint64_t> ack_id, const Result<std::string>& outcome);

  [[nodiscard]] const RoomWish& wish() const { return wish_; }
  /// The user's rooms as far as the client has been told of them. Those of clients that asked for
  /// none are not known.
  [[nodiscard]] std::unordered_map<std::uint64_t, KnownRoom>& known_rooms() { return known_rooms_; }
  /// Commands without an answer yet.
  std::size_t in_flight = 0;

 private:
  void emit(const LiveEvent& event);

  std::shared_ptr<Socket> socket_;
  Identity identity_;
  RoomWish wish_;
  const Asks& asks_;
  std::deque<std::shared_ptr<const LiveEvent>> early_;
  std::unordered_map<std::uint64_t, KnownRoom> known_rooms_;
  bool open_ = false;
  bool gone_ = false;
};

}  // namespace confab::gateway::dialects
