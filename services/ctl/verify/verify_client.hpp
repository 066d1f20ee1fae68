#pragma once

#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/random.hpp"
#include "ctl/domain/outbox.hpp"
#include "ctl/domain/room_view.hpp"
#include "ctl/verify/link.hpp"

namespace confab::ctl {

/// A throw-away account.
struct VerifyUser {
  std::int64_t id = 0;
  std::string username;
  std::string password;
  std::string token;
};

/// An event or entry as gateways write it.
[[nodiscard]] HeardEntry to_heard(const boost::json::object& event);

/// A client as an app would have it: it keeps its views of rooms and its unsent messages over
/// broken connections, comes back on any gateway, and records what its application sees. One
/// thread.
class VerifyClient : public std::enable_shared_from_this<VerifyClient> {
 public:
  struct Parts {
    Network& network;
    Recorder& recorder;
    const std::vector<Door>& doors;
    Random& random;
  };

  VerifyClient(Parts parts, std::string name, VerifyUser user, Speech speech,
               const std::vector<std::string>& gids);

  /// Connects, and again whenever the connection breaks, until close(). Once.
  Task<> run();
  /// For good.
  void close();
  /// Breaks the connection, so that it comes back, on the next gateway.
  void move();

  /// Does nothing while too much waits for an answer, as it does where a rate is too low.
  void send(const std::string& gid, std::string cmid, std::string text);
  /// Sends something once more that was acknowledged, as a client does that lost the answer.
  void repeat(const std::string& gid);
  /// Leaves the room.
  void leave(const std::string& gid);
  /// The user is about to be let into the room again.
  void note_join(const std::string& gid);
  /// The user was let in.
  void joined(const std::string& gid) { subscribe(gid); }

  [[nodiscard]] const VerifyUser& user() const { return user_; }
  [[nodiscard]] bool is_connected() const { return link_ != nullptr; }
  /// Messages that have no answer yet.
  [[nodiscard]] std::size_t open() const;
  /// Whether it has seen everything of the room up to there.
  [[nodiscard]] bool has_all(const std::string& gid, const LogPlace& head) const;
  /// Why the last connection could not be made; empty when it could.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct Room {
    RoomView view;
    Outbox outbox;
    bool asking = false;
    bool ask_again = false;
  };

  Tell teller(const std::string& gid);
  void transmit(const std::string& gid, std::uint64_t number, const Outbox::Message& message);
  void came(std::shared_ptr<Link> link);
  void went(const std::string& why);
  void heard(std::string_view name, const boost::json::object& data);
  void subscribe(const std::string& gid);
  void subscribed(const std::string& gid, bool ok, const boost::json::object& data);
  /// Does it after that time, unless the connection is another one by then.
  void later(std::chrono::milliseconds time, std::function<void()> act);
  void record(const char* kind, const std::string& gid = {});

  Parts parts_;
  const std::string name_;
  const VerifyUser user_;
  const Speech speech_;
  std::map<std::string, Room> rooms_;
  std::shared_ptr<Link> link_;
  boost::asio::steady_timer wake_;
  std::size_t door_ = 0;
  std::uint64_t generation_ = 0;  // Of the connection.
  bool is_closed_ = false;
  std::string trouble_;
};

}  // namespace confab::ctl
