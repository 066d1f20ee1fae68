#pragma once

#include <list>
#include <map>
#include <unordered_map>

#include "common/base/random.hpp"
#include "gateway/domain/call_limits.hpp"
#include "gateway/domain/heard_log.hpp"
#include "gateway/domain/ports.hpp"

namespace confab::gateway {

/// A message as a client gives it; what is missing is filled in.
struct Draft {
  std::string gid;
  std::string text;
  std::string attributes;                  ///< A JSON object or empty.
  std::string client_msg_id;               ///< Empty: one is made, and a retry is a new message.
  std::uint64_t reply_to = 0;              ///< Seq of another message; 0: none.
  std::vector<std::string> mentions = {};  ///< Usernames.
};

struct Sent {
  std::string gid;
  std::string client_msg_id;
  Ack ack;
};

struct History {
  std::string gid;
  LogPage page;
};

/// Whether it looks like a room's gid.
[[nodiscard]] bool is_gid(const std::string& gid);

/// What any client, whatever it speaks, can do besides listening. Event loop only.
class Chat {
 public:
  /// Rooms whose gid is remembered.
  static constexpr std::size_t kRemembered = 100'000;
  /// Mentions in one message for which users are looked up; the store allows no more either.
  static constexpr std::size_t kMostMentions = 1000;

  Chat(MessageStore& store, Accounts& accounts, HeardLog& heard, CallLimits& limits, Loop& loop,
       Random& random)
      : store_(store),
        accounts_(accounts),
        heard_(heard),
        limits_(limits),
        loop_(loop),
        random_(random) {}

  /// What one sender sends to one room is stored in the order of the calls. Counts for the rates of
  /// the room.
  [[nodiscard]] Task<Result<Sent>> send(User sender, Draft draft);
  [[nodiscard]] Task<Result<History>> history(User reader, std::string gid, LogRange range);

  /// The room's id, whoever asks. Who may do something there, the store decides when it is done:
  /// what somebody who has left sends again is answered as the first time.
  [[nodiscard]] Task<Result<std::uint64_t>> resolve(std::string gid);
  /// Each of them once, in this order; user_not_found names the first that does not exist.
  [[nodiscard]] Task<Result<std::vector<User>>> find_users(std::vector<std::string> usernames);
  /// The same of a message's mentions; too_many_mentions, and nobody is asked, beyond
  /// kMostMentions.
  [[nodiscard]] Task<Result<std::vector<User>>> find_mentioned(std::vector<std::string> usernames);

  /// The room, if the user may listen to it: room_not_found or not_a_member otherwise.
  [[nodiscard]] Task<Result<Admission>> listenable(User user, std::string gid);

  [[nodiscard]] Task<Result<std::vector<Room>>> rooms(User user, std::size_t limit);
  [[nodiscard]] Task<Result<Room>> room(User user, std::string gid);
  /// user_not_found names the first username that does not exist.
  [[nodiscard]] Task<Result<Room>> create_room(User creator, NewRoom room,
                                               std::vector<std::string> usernames);
  [[nodiscard]] Task<Result<Room>> open_direct(User opener, std::string username);
  [[nodiscard]] Task<Result<Member>> add_member(User actor, std::string gid, std::string username,
                                                std::string role);
  [[nodiscard]] Task<Result<>> remove_member(User actor, std::string gid, std::string username);

  /// user_not_found.
  [[nodiscard]] Task<Result<User>> find_user(std::string username);

  /// Something other than a message was stored in the room: the next page shows it. A room that is
  /// not remembered has nobody here.
  void changed(const std::string& gid);

 private:
  /// Where a message goes and whom it mentions.
  struct Address {
    std::uint64_t room_id = 0;
    std::vector<User> mentions;
  };
  /// A send whose address is being asked for. Later ones of that sender to that room wait for it,
  /// one after the other, and share the room's id.
  struct Turn {
    std::shared_ptr<Gate> over;
    Result<std::uint64_t> room_id = 0;
  };
  using TurnPtr = std::shared_ptr<Turn>;

  [[nodiscard]] Task<Result<Address>> address_in_turn(std::int64_t sender_id, std::string gid,
                                                      std::vector<std::string> mentions);
  void remember(const RoomRef& room);

  using Order = std::list<RoomRef>;  // Most recently used first.

  MessageStore& store_;
  Accounts& accounts_;
  HeardLog& heard_;
  CallLimits& limits_;
  Loop& loop_;
  Random& random_;
  Order order_;
  std::unordered_map<std::string, Order::iterator> by_gid_;
  std::map<std::pair<std::int64_t, std::string>, TurnPtr> last_turns_;  // By sender and gid.
};

}  // namespace confab::gateway
