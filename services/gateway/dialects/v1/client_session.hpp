#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "gateway/dialects/v1/greeting.hpp"
#include "gateway/domain/cut_sessions.hpp"
#include "gateway/domain/door_limits.hpp"
#include "gateway/domain/recent_rooms.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway::dialects {

/// A connection of an authenticated user, whatever wire format it has: a subclass writes that. It
/// only carries: what is asked of it, SessionHost does.
class ClientSession : public Session, public std::enable_shared_from_this<ClientSession> {
 public:
  /// Events kept until the client is let in. More: it must come again.
  static constexpr std::size_t kMaxEarly = 2000;

  /// What a session has others do, since it never calls the hub itself.
  struct Asks {
    std::function<void(const std::shared_ptr<ClientSession>&, const UserNotice&)> notice;
    std::function<void(const std::shared_ptr<ClientSession>&)> look_again;
    std::function<void(const std::shared_ptr<ClientSession>&, std::uint64_t room_id)> put_out;
    std::function<std::uint64_t()> mark;  ///< Hub::next_mark().
    std::function<std::optional<CutSession>(const ClientSession&)> cut;
  };

  ClientSession(Identity identity, RoomWish wish, const Asks& asks)
      : identity_(std::move(identity)),
        wish_(std::move(wish)),
        asks_(asks),
        confirmed_(asks.mark()) {}

  [[nodiscard]] std::int64_t user_id() const override { return identity_.user.id; }
  [[nodiscard]] bool gone() const override { return gone_; }
  [[nodiscard]] const Identity& identity() const override { return identity_; }
  void deliver(const EventBatch& batch) override;
  void deliver_late(const EventBatch& batch) override;
  bool offer(const EventBatch& batch) override { return open_ && !gone_ && write(batch); }
  void put_out(std::uint64_t room_id) override;
  void notice(const UserNotice& notice) override;
  void look_again() override;
  void warn_of_expiry() override;
  void end(EndReason reason) override;
  void goaway(std::chrono::milliseconds reconnect_in) override;
  [[nodiscard]] bool ending() const override { return ending_; }
  [[nodiscard]] std::optional<CutSession> give_up() override;

  /// Lets the client in, with the ticket to come back with; what came meanwhile follows. False when
  /// the client has left.
  [[nodiscard]] bool open(std::string_view ticket);
  /// One event for this client alone.
  void tell(const EventPtr& event);
  /// The client has read what was sent. For each room of which it could not be given more, tells it
  /// where that began; `now_at` is where its live events go on from, if it is still in the room.
  void caught_up(const std::function<std::optional<Position>(std::uint64_t room_id)>& now_at);
  /// The client has been given everything of the room up to where it stands.
  void forget_lag(std::uint64_t room_id);
  void mark_gone() {
    gone_ = true;
    place_.reset();
  }
  /// Holds on to it until the client has left.
  void keep(Place place) { place_ = std::move(place); }

  // How far the client is known to have what it was told.

  /// A ping leaves, after all that was told so far.
  void pinged() { pinged_ = asks_.mark(); }
  /// Its pong has come.
  void confirmed();
  /// Before open(): what the client missed of a room in which it had everything up to `from`.
  void replay(const RoomRef& room, const Position& from,
              const std::vector<std::shared_ptr<const Entry>>& missed);
  /// Before open(): forgets what it was told and learned.
  void start_over();
  /// How far it has each room that it listens to, and what it was told beyond. Nothing when that is
  /// not known, or when it may have missed what no replay gives: events outside the rooms' logs.
  [[nodiscard]] std::optional<std::vector<ToldPlace>> told() const;
  /// Whether its client may go on where it was once it is gone; not if it has ended for good.
  [[nodiscard]] bool may_come_back() const { return !over_; }
  /// Whether it tells its client the offsets of entries.
  [[nodiscard]] virtual bool takes_offsets() const { return false; }
  /// Before open(): it goes on with the session of that recovery_id().
  virtual void come_back_as(std::string_view /*id*/) {}

  void renew(Identity identity) { identity_ = std::move(identity); }
  /// Answers a command. Without an id the client wants no answer.
  void answer(std::optional<std::uint64_t> id, std::string_view command,
              const Result<std::string>& outcome);

  [[nodiscard]] const RoomWish& wish() const { return wish_; }
  /// The user's rooms as far as the client has been told of them. Those of clients that asked for
  /// none are not known.
  [[nodiscard]] const std::vector<RoomCardPtr>& known_rooms() const { return known_rooms_; }
  [[nodiscard]] bool knows(std::uint64_t room_id) const;
  /// So many more will be learned: spares memory.
  void expect_rooms(std::size_t rooms) { known_rooms_.reserve(known_rooms_.size() + rooms); }
  /// False when it is known already.
  bool learn(RoomCardPtr room);
  /// What was known of it, if it was.
  RoomCardPtr forget(std::uint64_t room_id);
  /// Whether it was put out of the room, and heard of no other change of that since.
  [[nodiscard]] bool is_put_out(std::uint64_t room_id) const;
  /// Whether it was put out of the room since this was asked last.
  bool take_put_out(std::uint64_t room_id);
  /// Whether known_rooms() are all there are, unless a notice is on its way.
  bool knows_all = false;
  /// Whether known_rooms() will be compared with those there are in a moment.
  bool looks_again = false;
  /// A command is taken, and has been answered. False: none is taken any more, because the
  /// connection closes, or will after the last answer.
  [[nodiscard]] bool begin_command();
  void end_command();
  /// Commands without an answer yet.
  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
  /// The client has so many commands under way that no more of it is read; or few again.
  void hold_back(bool held);
  /// What it may still be refused by limits before it is taken for a flood.
  TokenBucket refusals = {};
  /// Rooms that its commands are about to subscribe it to.
  std::size_t joining = 0;

 protected:
  /// Closes the connection after what was written, so that the client comes back by itself.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;

 private:
  /// A room of which the client misses what came after `at`.
  struct Lag {
    std::uint64_t room_id;
    std::string gid;
    Position at;
    bool reset = false;  ///< Told so meanwhile: it must load the room anew.
  };

  // The wire.

  /// Tells the client that it is in. False when it has left.
  [[nodiscard]] virtual bool welcome(std::string_view ticket) = 0;
  virtual void write(const LiveEvent& event) = 0;
  /// False, and nothing is written, when the client is too slow to be given it now; then
  /// caught_up() is due once it has read what was written before.
  [[nodiscard]] virtual bool write(const EventBatch& batch) = 0;
  /// `outcome`: the answer's JSON object, or the error.
  virtual void write_answer(std::uint64_t id, std::string_view command,
                            const Result<std::string>& outcome) = 0;
  /// Stops or goes on reading what the client sends, where the transport can.
  virtual void set_reading(bool /*reading*/) {}
  /// Ends the connection at once, and frees what was written and not sent.
  virtual void drop() = 0;

  void keep_until_open(const EventPtr& event);
  [[nodiscard]] Lag* find_lag(std::uint64_t room_id);

  Identity identity_;
  RoomWish wish_;
  const Asks& asks_;
  std::unique_ptr<std::vector<EventPtr>> early_;  ///< Only while something waits, as the next.
  std::unique_ptr<std::vector<Lag>> lags_;
  std::vector<RoomCardPtr> known_rooms_;
  std::vector<std::uint64_t> put_out_;  ///< Of those: heard to be left by their logs.
  Place place_;
  std::uint64_t confirmed_;   ///< What has a mark up to this has arrived.
  std::uint64_t pinged_ = 0;  ///< The mark of the last ping.
  std::uint64_t alone_ = 0;   ///< Of the last that it was told alone.
  /// What was replayed at the start, until that is confirmed.
  std::unique_ptr<std::vector<ToldPlace>> replayed_;
  bool open_ = false;
  bool gone_ = false;
  bool over_ = false;
  bool leaving_ = false;  ///< Closes once nothing is under way.
  bool ending_ = false;
  bool held_back_ = false;
  std::uint32_t in_flight_ = 0;
};

}  // namespace confab::gateway::dialects
