#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "ctl/domain/recorder.hpp"

namespace confab::ctl {

/// An entry of a room's log, as a client hears it.
struct HeardEntry {
  LogPlace place;
  std::string msg_id;
  std::string type;
  std::string cmid;
  std::string hash;
  std::int64_t member = 0;  ///< Whom a change of members concerns.
};

/// What a client's application sees of one room, by the rules for clients in docs/protocol.md. Live
/// events are handed on as they come, so that a gap or a repeat on the wire is one for the checker;
/// dropped is only what the protocol lets come twice: entries that come live while an answer to
/// `subscribe` is under way.
class RoomView {
 public:
  enum class State { out, lost, asking, live };
  struct Answer {
    LogPlace head;
    std::vector<HeardEntry> events{};
    bool reset = false;
  };

  RoomView(std::int64_t user, Tell tell) : user_(user), tell_(std::move(tell)) {}

  [[nodiscard]] State state() const { return state_; }
  /// Of the last entry seen, or where the view began.
  [[nodiscard]] const std::optional<LogPlace>& last() const { return last_; }

  /// `subscribe` is asked with last().
  void ask();
  /// The connection broke: nothing is heard until ask().
  void lost();
  /// The answer to ask() is that the user is not in the room.
  void end();
  /// The good answer to ask().
  void subscribed(const Answer& answer);
  /// An event of the room's log. True: the user has left by it; ask() anew.
  bool entry(const HeardEntry& entry);
  /// The event `reset`.
  void reset(const LogPlace& head);

 private:
  void begin(const char* kind, const LogPlace& head);
  void see(const HeardEntry& entry);
  void go_live();
  void told(const char* kind);

  std::int64_t user_;
  Tell tell_;
  State state_ = State::out;
  std::optional<LogPlace> last_;
  std::vector<std::variant<HeardEntry, LogPlace>> buffer_;  // Places: of resets.
};

}  // namespace confab::ctl
