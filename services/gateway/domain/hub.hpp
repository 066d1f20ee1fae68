#pragma once

#include <unordered_map>

#include "gateway/domain/ports.hpp"
#include "gateway/domain/room_stream.hpp"

namespace confab::gateway {

using EntryPtr = std::shared_ptr<const Entry>;

/// Answer to a client that comes back to a room.
struct Replay {
  Position head;                 ///< Live events go on from here.
  std::vector<EntryPtr> events;  ///< All after the client's position up to head.
  bool reset = false;  ///< Too much was missed, or the position is of another log: `events` is
                       ///< empty and the client loads the room anew.
};

/// What the hub reports to whoever counts.
struct HubCounters {
  std::function<void()> gap_found = [] {};
  std::function<void()> fork_found = [] {};
  std::function<void()> read_failed = [] {};
  std::function<void(std::size_t)> entries_delivered = [](std::size_t) {};
};

/// The rooms with subscribers on this gateway. Lives on the event loop's thread; every method may
/// be called at any time from there.
///
/// Order of an opening: follow the room's channel and keep what comes, wait for the confirmation,
/// read the head from the store, deliver what came beyond it, live. Reading first would lose what
/// is published in between. A gap is filled from the store, once for all its subscribers; heads are
/// compared every two seconds, so that a lost last event is found as well.
class Hub {
 public:
  /// Entries given to a client that comes back; beyond, it is told to reset.
  static constexpr std::uint64_t kMaxReplay = 300;
  static constexpr std::size_t kMaxHeadsAtOnce = 1000;

  Hub(MessageStore& store, Feed& feed, Loop& loop, HubCounters counters);

  /// Subscribes to all of the rooms from their heads on. On an error it joined none of those that
  /// had to be opened. The caller has checked membership.
  [[nodiscard]] Task<Result<>> join(std::shared_ptr<Subscriber> subscriber,
                                    std::vector<RoomRef> rooms);

  /// Subscribes to the room and gives what was missed since `from` (its check is not looked at).
  /// Whether subscribed before or not: live events begin after Replay::head.
  [[nodiscard]] Task<Result<Replay>> resume(std::shared_ptr<Subscriber> subscriber, RoomRef room,
                                            Position from);

  /// Where live events of an open room go on from.
  [[nodiscard]] std::optional<Position> position(std::uint64_t room_id);

  void leave(Subscriber& subscriber, std::uint64_t room_id);
  void leave_all(Subscriber& subscriber);

  /// Entries from the feed, hostile until proven: any order, any content.
  void on_entries(std::uint64_t room_id, const std::vector<EntryPtr>& entries);

  /// The feed was away: whatever it lost is found by comparing all heads now.
  void on_feed_back();

  /// Compares heads and drops rooms nobody listens to, for ever. `jitter` returns 0 to 1.
  [[nodiscard]] Task<> watch(std::function<double()> jitter);

  [[nodiscard]] std::size_t active_rooms() const { return rooms_.size(); }

 private:
  struct Slot {
    RoomRef room;
    std::unique_ptr<RoomStream> stream;  // Null while the room is being opened.
    std::shared_ptr<Gate> opened;
    std::vector<EntryPtr> early;  // Came before the head was known; at most RoomStream::kMaxHeld.
    bool repairing = false;
    int pins = 0;        // Coroutines that need it to stay.
    int idle_ticks = 0;  // Head checks since the last subscriber left.
  };
  /// Keeps a slot from being dropped while a coroutine waits.
  class Pin {
   public:
    Pin(Hub& hub, std::uint64_t room_id);
    ~Pin();
    Pin(const Pin&) = delete;
    Pin& operator=(const Pin&) = delete;

   private:
    Hub& hub_;
    std::uint64_t room_id_;
  };

  [[nodiscard]] Task<Result<>> open(std::vector<RoomRef> rooms);
  [[nodiscard]] Task<Result<>> open_new(std::vector<RoomRef> rooms);
  [[nodiscard]] Task<Result<std::vector<Head>>> read_heads(std::vector<std::uint64_t> rooms);
  [[nodiscard]] Task<Result<std::vector<EntryPtr>>> missed(RoomRef room, std::uint64_t after);
  [[nodiscard]] RoomStream* stream(std::uint64_t room_id);
  void attach(Subscriber& subscriber, RoomStream& stream);
  void settle(Slot& slot, StreamState state);
  [[nodiscard]] Task<> repair(std::uint64_t room_id);
  [[nodiscard]] bool take_page(Slot& slot, const LogPage& page, std::uint64_t asked_after);
  [[nodiscard]] Task<> compare_heads();
  void drop_idle();

  MessageStore& store_;
  Feed& feed_;
  Loop& loop_;
  HubCounters counters_;
  std::unordered_map<std::uint64_t, Slot> rooms_;
  std::unordered_map<Subscriber*, std::vector<std::uint64_t>> joined_;
};

}  // namespace confab::gateway
