#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "gateway/domain/subscriber.hpp"

namespace confab::gateway {

/// What a room's stream has to say to whoever runs it.
enum class StreamState {
  in_step,  ///< Everything known has been delivered.
  gap,      ///< Entries are missing: read the log after last().seq.
  forked,   ///< The log is not the one delivered so far: reset() with its head.
};

/// One room with subscribers here: the last place delivered, the latest entries, who listens.
/// Entries may come in any order, more than once, from the feed and from the log; subscribers see
/// each once, in order.
class RoomStream {
 public:
  /// Latest entries kept for clients that come back.
  static constexpr std::size_t kRecent = 256;
  /// Entries held while a gap before them is read. More: they are forgotten and read later.
  static constexpr std::size_t kMaxHeld = 1024;

  RoomStream(RoomRef room, Position last) : room_(std::move(room)), last_(std::move(last)) {}

  [[nodiscard]] const RoomRef& room() const { return room_; }
  [[nodiscard]] const Position& last() const { return last_; }

  /// Takes an entry, delivers what has become in order and says what is wanted next.
  StreamState take(const std::shared_ptr<const Entry>& entry);

  /// Compares with the head the store reports.
  [[nodiscard]] StreamState compare(const Position& head) const;

  /// Goes on from `head` and tells subscribers that what they know may be wrong.
  void reset(const Position& head);

  void join(Subscriber& subscriber);
  void leave(Subscriber& subscriber);
  [[nodiscard]] bool has(const Subscriber& subscriber) const;
  [[nodiscard]] bool empty() const { return subscribers_.empty(); }

  /// The entries after `seq` up to last(); nothing when some of them are not kept any more.
  [[nodiscard]] std::optional<std::vector<std::shared_ptr<const Entry>>> since(
      std::uint64_t seq) const;

 private:
  void deliver(const std::shared_ptr<const Entry>& entry);
  StreamState advance();

  RoomRef room_;
  Position last_;
  std::vector<Subscriber*> subscribers_;
  std::deque<std::shared_ptr<const Entry>> recent_;
  std::map<std::uint64_t, std::shared_ptr<const Entry>> held_;  // By seq, all above last_ + 1.
};

/// The client's event of an entry.
[[nodiscard]] std::shared_ptr<const LiveEvent> to_event(const Entry& entry);

}  // namespace confab::gateway
