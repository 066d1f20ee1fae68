#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "gateway/domain/types.hpp"

namespace confab::gateway {

template <typename T = void>
using Task = boost::asio::awaitable<T>;

/// A door that coroutines wait at until it is opened, for good.
class Gate {
 public:
  virtual ~Gate() = default;
  virtual void open() = 0;
  [[nodiscard]] virtual Task<> passed() = 0;
};

/// Port: the event loop this gateway lives on. Everything in domain/ runs on its one thread.
class Loop {
 public:
  virtual ~Loop() = default;
  [[nodiscard]] virtual std::shared_ptr<Gate> make_gate() = 0;
  /// Runs `task` until it ends; what it throws is logged. It starts in a later turn of the loop.
  virtual void spawn(std::function<Task<>()> task) = 0;
  /// Runs `call` once everything that is ready now has been done: at the end of this turn.
  virtual void defer(std::function<void()> call) = 0;
  [[nodiscard]] virtual Task<> sleep(std::chrono::milliseconds time) = 0;
  /// Time that only goes forward.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() const = 0;
};

/// Port: the message-store. Every call has a deadline of a few seconds.
class MessageStore {
 public:
  virtual ~MessageStore() = default;

  /// Messages of one caller to one room keep the order of the calls. unavailable: not stored;
  /// unknown_outcome: repeat with the same client_msg_id.
  [[nodiscard]] virtual Task<Result<Ack>> append(NewMessage message) = 0;
  /// reader_id 0: for this gateway itself.
  [[nodiscard]] virtual Task<Result<LogPage>> read(std::uint64_t room_id, std::int64_t reader_id,
                                                   LogRange range) = 0;
  /// At most 1000 rooms; unknown ones are left out.
  [[nodiscard]] virtual Task<Result<std::vector<Head>>> heads(std::vector<std::uint64_t> rooms) = 0;

  [[nodiscard]] virtual Task<Result<Room>> create_room(User creator, NewRoom room,
                                                       std::vector<User> members) = 0;
  [[nodiscard]] virtual Task<Result<Room>> open_direct(User opener, User other) = 0;
  [[nodiscard]] virtual Task<Result<Room>> room(std::string gid, std::int64_t reader_id,
                                                bool with_members) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<Room>>> rooms_of(std::int64_t user_id,
                                                                 std::uint32_t limit) = 0;
  [[nodiscard]] virtual Task<Result<Member>> add_member(std::string gid, User actor, User member,
                                                        std::string role) = 0;
  [[nodiscard]] virtual Task<Result<>> remove_member(std::string gid, User actor,
                                                     std::int64_t member_id) = 0;
};

/// Port: the auth service.
class Accounts {
 public:
  virtual ~Accounts() = default;
  [[nodiscard]] virtual Task<Result<Login>> sign_up(std::string username, std::string password,
                                                    std::string name) = 0;
  [[nodiscard]] virtual Task<Result<Login>> log_in(std::string username, std::string password) = 0;
  [[nodiscard]] virtual Task<Result<Login>> refresh(std::string refresh_token) = 0;
  [[nodiscard]] virtual Task<Result<>> log_out(std::string session_id) = 0;
  /// Those of the usernames that exist, in no order.
  [[nodiscard]] virtual Task<Result<std::vector<User>>> find(
      std::vector<std::string> usernames) = 0;
};

/// Port: who the bearer of an access token is. Asks no other process unless the token is signed by
/// a key not seen before.
class Gatekeeper {
 public:
  virtual ~Gatekeeper() = default;
  [[nodiscard]] virtual Task<Result<Identity>> identify(std::string token) = 0;
  /// The same of somebody who comes back with a ticket: one that is good and was given for this
  /// token spares the check of it, and does alone when `token` is empty. Any other is ignored.
  [[nodiscard]] virtual Task<Result<Identity>> resume(std::string token, std::string ticket) = 0;
  /// What the bearer may come back with, on any gateway, for some minutes. Empty if there is none.
  [[nodiscard]] virtual std::string ticket(const Identity& identity) = 0;
  /// The session is over: its tokens are refused from now on, also before the auth service's list
  /// of revocations says so.
  virtual void revoke(const std::string& session_id) = 0;
};

/// Port: live events between processes. Delivery is at most once; losing any of it breaks no
/// promise. Notices to users come without being asked for.
class Feed {
 public:
  virtual ~Feed() = default;
  /// Waits until the server has confirmed all of them. False when it did not in time: nothing may
  /// come then until it is back, which is tried without further calls.
  [[nodiscard]] virtual Task<bool> follow_rooms(std::vector<std::uint64_t> rooms) = 0;
  virtual void unfollow_room(std::uint64_t room_id) = 0;
};

}  // namespace confab::gateway
