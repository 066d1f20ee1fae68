#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/domain/room_stream.hpp"
#include "gateway/domain/session_book.hpp"

namespace confab::gateway {

/// What a client has of its rooms whose connection broke.
struct CutSession {
  std::int64_t user_id = 0;
  std::vector<ToldPlace> rooms;      ///< Those it listened to.
  std::vector<RoomCardPtr> known{};  ///< Those it had been told of.

  /// The client says that it was told of the room up to `seq`: then it has all that it was told
  /// before. What it cannot have been told is ignored.
  void confirm(std::uint64_t room_id, std::uint64_t epoch, std::uint64_t seq);
};

/// The sessions of clients that were cut off a moment ago on this event loop, so that they can come
/// back to where they were, wherever they do. Event loop only.
class CutSessions {
 public:
  /// Rooms of one session, listened to and known; one with more is not kept.
  static constexpr std::size_t kMaxRoomsOfOne = 2000;
  /// More, in sessions or in rooms of all of them: the oldest are dropped.
  static constexpr std::size_t kMaxSessions = 50'000;
  static constexpr std::size_t kMaxRooms = 1'000'000;

  /// `window`: how long one is kept; 0: none is.
  CutSessions(SessionBook& live, Loop& loop, std::chrono::milliseconds window)
      : live_(live), loop_(loop), window_(window) {}

  [[nodiscard]] bool enabled() const { return window_.count() > 0; }
  /// `id`: Session::recovery_id().
  void keep(const std::string& id, CutSession session);
  /// The session, once, if it is that user's. One whose connection seems to be alive is cut off for
  /// it: its client must know better.
  [[nodiscard]] std::optional<CutSession> take(const std::string& id, std::int64_t user_id);
  /// Drops what was kept too long; to be called every few seconds.
  void sweep();

  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Kept {
    CutSession session;
    Time until;
  };
  using Map = std::unordered_map<std::string, Kept>;

  void drop_oldest();
  CutSession remove(Map::iterator place);
  [[nodiscard]] static std::size_t rooms_of(const CutSession& session);

  SessionBook& live_;
  Loop& loop_;
  const std::chrono::milliseconds window_;
  Map kept_;
  std::deque<std::pair<Time, std::string>> order_;  // By time; some have been taken since.
  std::size_t rooms_ = 0;                           // Of all that are kept.
};

/// What came of asking for a session.
enum class RecallOutcome {
  found,
  refused,  ///< No gateway gave that name to a session.
  gone,     ///< Its keeper does not have it: it ended for good, was dropped, or was too long ago.
  away,     ///< Its keeper does not answer.
};

struct Recalled {
  RecallOutcome outcome = RecallOutcome::gone;
  CutSession session{};  ///< If found.
};

/// Port: where the sessions of clients that come back are, on whichever event loop of whichever
/// gateway they were cut off.
class Recall {
 public:
  virtual ~Recall() = default;
  /// What follows the session's recovery_id() in the name by which its client may come back; empty
  /// if it cannot.
  [[nodiscard]] virtual std::string mark(std::string_view id) = 0;
  /// Takes the session from where it is. It is nowhere afterwards: who asked keeps it, lives it or
  /// loses it. `name` is what a client has sent as such. Answers within a second or so.
  [[nodiscard]] virtual Task<Recalled> take(std::string name, std::int64_t user_id) = 0;
};

}  // namespace confab::gateway
