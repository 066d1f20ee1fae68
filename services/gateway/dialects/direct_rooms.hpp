#pragma once

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/dialects/dialect.hpp"
#include "gateway/dialects/message_pages.hpp"

namespace confab::gateway::dialects {

/// The two of a direct room, for ever.
struct Pair {
  User one;
  User other;

  /// Who gets what `sender_id` says.
  [[nodiscard]] const User& facing(std::int64_t sender_id) const {
    return one.id == sender_id ? other : one;
  }
};

/// Rooms of two, for dialects whose clients know of nothing else and name each other. Event loop
/// only.
class DirectRooms {
 public:
  /// Rooms remembered; then it begins anew.
  static constexpr std::size_t kRemembered = 50'000;
  /// Messages that messages() skips at most.
  static constexpr std::size_t kMostSkipped = 20'000;

  explicit DirectRooms(const DialectParts& parts) : parts_(parts) {}
  DirectRooms(const DirectRooms&) = delete;
  DirectRooms& operator=(const DirectRooms&) = delete;

  /// The one known as that to old clients: by id, else by username. user_not_found. Counts as one
  /// page that the asker reads, whether or not there is such a user; so do the next two.
  [[nodiscard]] Task<Result<User>> user(User asker, std::string id_or_name);
  [[nodiscard]] Task<Result<User>> user_of_id(User asker, std::int64_t id);
  [[nodiscard]] Task<Result<User>> user_of_name(User asker, std::string username);

  /// Sends to the direct room of the two, which is made if there is none. Where none is known of,
  /// this counts as opening one, too. `attributes`: a JSON object or empty.
  [[nodiscard]] Task<Result<Message>> send(User sender, User to, std::string text,
                                           std::string attributes);

  /// The latest messages between the two but for `skip` of them, the newest first, as
  /// latest_messages() finds them; none when they have no room, or the reader has left it.
  [[nodiscard]] Task<Result<std::vector<Message>>> messages(User reader, User other,
                                                            std::size_t skip, std::size_t limit);

  /// The users with whom there is a direct room in which something was said, the latest first. The
  /// caller has counted the first page of rooms; each further one counts as "rooms".
  [[nodiscard]] Task<Result<std::vector<User>>> partners(User user);

  /// What is remembered of the room: null when nothing is, else the two of it, or none of a room
  /// that is not direct.
  [[nodiscard]] const std::optional<Pair>* known(std::uint64_t room_id) const;
  /// Asks for it, once for all who wish to know, and remembers it. `sender` said something there.
  /// The two of a direct room are not known while the other one is out of it, unless they made it
  /// or said this: that is told as none, too, and not remembered.
  [[nodiscard]] Task<Result<std::optional<Pair>>> look_up(User member, RoomRef room, User sender);

  [[nodiscard]] const DialectParts& parts() const { return parts_; }

 private:
  /// gid of the direct room; "" when there is none.
  [[nodiscard]] Task<Result<std::string>> find(User user, std::int64_t other_id);
  /// The next page of the user's rooms; its `next` is where the one after it begins.
  [[nodiscard]] Task<Result<MyRooms>> rooms_of(User user, std::string after);
  [[nodiscard]] Task<Result<Sent>> append(User sender, Draft draft, User to);
  [[nodiscard]] Result<> count_page(const User& user, std::string_view command) {
    return parts_.door.commands.admit(user, command);
  }
  [[nodiscard]] const std::string* gid_of(std::int64_t one, std::int64_t other) const;
  void remember(const RoomRef& room, std::optional<Pair> pair);
  void remember_pair(const RoomRef& room, const User& one, const User& other);

  DialectParts parts_;
  std::unordered_map<std::uint64_t, std::optional<Pair>> pairs_;
  std::map<std::pair<std::int64_t, std::int64_t>, std::string>
      gids_;  // By the two, lower id first.
  std::unordered_map<std::uint64_t, std::shared_ptr<Gate>> asked_for_;
};

}  // namespace confab::gateway::dialects
