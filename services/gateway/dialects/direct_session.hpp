#pragma once

#include <deque>

#include "gateway/dialects/direct_rooms.hpp"
#include "gateway/dialects/message_session.hpp"

namespace confab::gateway::dialects {

/// A connection that hears what is said in its user's direct rooms, in the order in which it comes;
/// of other rooms nothing. A subclass writes welcome(), tell() and close().
class DirectSession : public MessageSession {
 public:
  /// Messages of rooms that are being asked for; beyond, the client must come again.
  static constexpr std::size_t kMostWaiting = 1000;

  DirectSession(Identity identity, const Asks& asks, DirectRooms& rooms)
      : MessageSession(std::move(identity), RoomWish{true, {}}, asks), rooms_(rooms) {}

 private:
  static constexpr std::uint16_t kTooMuch = 4000;
  struct Waiting {
    RoomRef room;
    Message message;
  };

  /// A message of the user's, or to them.
  virtual void tell(const Message& message, const User& to) = 0;

  void say(const LiveEvent& event) final;
  [[nodiscard]] Task<> work_off(std::shared_ptr<ClientSession> self);
  void pass(const std::optional<Pair>& pair, const Message& message);

  DirectRooms& rooms_;
  std::deque<Waiting> waiting_;
};

}  // namespace confab::gateway::dialects
