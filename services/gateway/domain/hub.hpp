#pragma once

#include <unordered_map>

#include "gateway/domain/flush_window.hpp"
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

/// A room of a client that comes back, and the last place that it is known to have.
struct Return {
  Admission room;
  Position from;
};

/// What the hub reports to whoever counts.
struct HubCounters {
  std::function<void()> gap_found = [] {};
  std::function<void()> fork_found = [] {};
  std::function<void()> read_failed = [] {};
  /// The log of an open room is not the one it was, or there is none any more: a backup was
  /// restored, or a standby had not got all. Who is in which room may be otherwise as well.
  std::function<void()> log_replaced = [] {};
  std::function<void(std::size_t)> entries_delivered = [](std::size_t) {};
  /// Of an open room, in any order and more than once, as the feed brings them.
  std::function<void(std::uint64_t room_id, const std::vector<EntryPtr>&)> heard = [](auto...) {};
};

/// The rooms with subscribers on this gateway. Lives on the event loop's thread; every method may
/// be called at any time from there.
///
/// Order of an opening: follow the room's channel and keep what comes, wait for the confirmation,
/// read the head from the store, deliver what came beyond it, live. Reading first would lose what
/// is published in between. What a turn of the loop brings to a room leaves as one batch, and very
/// busy rooms gather for a few milliseconds more. A gap is filled from the store, once for all its
/// subscribers; heads are compared every two seconds, so that a lost last event is found as well.
class Hub {
 public:
  /// Entries given to a client that comes back; beyond, it is told to reset.
  static constexpr std::uint64_t kMaxReplay = 300;
  /// And at most so many bytes of their JSON, so that the answer fits into any outbox.
  static constexpr std::size_t kMaxReplayBytes = 1 << 20;
  static constexpr std::size_t kMaxHeadsAtOnce = 1000;
  /// Head checks (of 2 s) for which a room is kept after its last subscriber has left: those who
  /// come back soon, all of a gateway's at once as it may be, find it in step.
  static constexpr int kIdleTicks = 30;
  /// Where more rooms than these are open, idle ones go sooner.
  static constexpr std::size_t kManyRooms = 20'000;
  /// Memory for the latest entries of all rooms. Beyond it those of the rooms in which nothing was
  /// said for longest go, until a quarter is free.
  static constexpr std::size_t kMaxLogBytes = 64 << 20;

  Hub(MessageStore& store, Feed& feed, Loop& loop, HubCounters counters,
      std::size_t max_log_bytes = kMaxLogBytes);

  /// Subscribes to all of the rooms from their heads on, but for those that the subscriber leaves
  /// or is put out of meanwhile: position() tells. After an error it may be in some of them;
  /// calling again does no harm.
  [[nodiscard]] Task<Result<>> join(std::shared_ptr<Subscriber> subscriber,
                                    std::vector<Admission> rooms);

  /// Subscribes to the room and gives what was missed since `from` (its check is not looked at).
  /// Whether subscribed before or not: live events begin after Replay::head. not_a_member when the
  /// subscriber was put out meanwhile; after any other error it hears the room if it did before,
  /// and has been given what came meanwhile.
  [[nodiscard]] Task<Result<Replay>> resume(std::shared_ptr<Subscriber> subscriber, Admission room,
                                            Position from);

  /// Entries that recover() gives, of all rooms together, with kMaxReplayBytes.
  static constexpr std::size_t kMaxRecovered = 1000;
  /// Told of each room by recover(), right before its live events begin: what was missed, or
  /// not_a_member.
  using ReplayTaker = std::function<void(const Return& room, const Result<Replay>& missed)>;

  /// As resume() for all rooms of a client that comes back. False when it must load a room anew, or
  /// too much was missed; then as after an error, the subscriber may be in some of the rooms, and
  /// some have been told of.
  [[nodiscard]] Task<Result<bool>> recover(std::shared_ptr<Subscriber> subscriber,
                                           std::vector<Return> rooms, ReplayTaker take);

  /// What is told now, to whomever, is told after all that was told before.
  [[nodiscard]] std::uint64_t next_mark() { return marks_.next(); }
  /// RoomStream::told_after().
  [[nodiscard]] static std::optional<std::vector<ToldPlace>> told_after(
      const Subscriber& subscriber, std::uint64_t mark) {
    return RoomStream::told_after(subscriber, mark);
  }

  /// Where the subscriber's live events of the room go on from; nothing when it has none.
  [[nodiscard]] std::optional<Position> position(const Subscriber& subscriber,
                                                 std::uint64_t room_id) const;
  /// The store has answered that the entry is there: it will be heard.
  void stored(std::uint64_t room_id, const Position& place);
  /// Something was stored in the room, at a place that was not told. It may have been heard
  /// already; then pages come from the store until the next entry.
  void changed(std::uint64_t room_id);
  /// A page of an open room's log, if all of it is in memory and nothing stored is missing.
  [[nodiscard]] std::optional<LogPage> recent_page(std::uint64_t room_id,
                                                   const LogRange& range) const;
  /// Whether an open room's log, as far as it was heard, ends at `head`, and no more is known to be
  /// stored: a page that was read when it ended there is as it would be now.
  [[nodiscard]] bool ends_at(std::uint64_t room_id, const Position& head) const;
  /// What the latest entries of all rooms take.
  [[nodiscard]] std::size_t log_bytes() const { return *log_bytes_; }
  /// Gives back the memory of those of the quietest rooms until they take no more than that.
  void keep_logs_within(std::size_t bytes);
  /// Changes of messages heard of an open room so far; 0 of any other.
  [[nodiscard]] std::uint64_t changes_heard(std::uint64_t room_id) const;
  /// Gives those who listen to the room here, or those of one user, events that are not of its log.
  void tell(std::uint64_t room_id, std::vector<EventPtr> events,
            std::optional<std::int64_t> user_id);
  /// The room, if it is open here or about to be, until the next call; else null.
  [[nodiscard]] const RoomRef* room(std::uint64_t room_id) const;
  /// How many listen to the room here.
  [[nodiscard]] std::size_t listeners(std::uint64_t room_id) const;
  /// Whether the subscriber is in the room or about to be.
  [[nodiscard]] bool listens(const Subscriber& subscriber, std::uint64_t room_id) const;

  /// Also ends a join() or resume() that is under way.
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
  class Visit;
  struct Slot {
    RoomRef room;
    std::unique_ptr<RoomStream> stream;  // Null while the room is being opened.
    std::shared_ptr<Gate> opened;        // Null until somebody opens it.
    std::vector<EntryPtr> early;  // Came before the head was known; at most RoomStream::kMaxHeld.
    std::size_t early_bytes = 0;  // Of their JSON.
    std::shared_ptr<Gate> repaired;  // Set while the log is read for a gap.
    std::vector<Visit*> visits;      // While there is one, the slot stays.
    int idle_ticks = 0;              // Head checks since the last subscriber left.
    Position stored;                 // The last place known to be there, if beyond the stream's.
    bool is_lost = false;            // The store knew nothing of it.
    bool flush_planned = false;
    FlushWindow window;
  };
  // A coroutine that waits keeps its slot, also past the hub's end.
  using SlotPtr = std::shared_ptr<Slot>;
  using Visits = std::vector<std::unique_ptr<Visit>>;
  using Entries = std::vector<EntryPtr>;

  // hub.cpp: rooms, opened and left.
  [[nodiscard]] Task<Result<>> open(const Visits& visits);
  [[nodiscard]] Task<Result<>> open_new(std::vector<SlotPtr> slots);
  [[nodiscard]] Task<Result<std::vector<Head>>> read_heads(std::vector<std::uint64_t> rooms);
  void begin_stream(const SlotPtr& slot, const Position& head);
  [[nodiscard]] Slot* find(std::uint64_t room_id) const;
  /// An open room's, when nothing is known to be missing at its end; else null.
  [[nodiscard]] const RoomStream* whole_log(std::uint64_t room_id) const;

  // hub.cpp: what has gathered in a room leaves at the end of the turn, or of the room's window.
  void plan_flush(const SlotPtr& slot);
  void flush_planned();
  void flush(Slot& slot);

  // hub_join.cpp: how a subscriber comes in.
  [[nodiscard]] Visits visit(const Subscriber& subscriber, const std::vector<Admission>& rooms);
  [[nodiscard]] Task<> wait_turn(Visit& visit);
  [[nodiscard]] Task<Result<>> enter(Subscriber& subscriber, Visit& visit, Position as_of);
  [[nodiscard]] Task<Result<Replay>> replay(Visit& visit, Position as_of, Position from);
  [[nodiscard]] Task<Result<std::optional<Entries>>> chain(SlotPtr slot, Position from);
  void attach(Subscriber& subscriber, RoomStream& stream, std::uint64_t member_at);

  // hub_repair.cpp: how open rooms stay in step with the store.
  void settle(const SlotPtr& slot, StreamState state);
  void begin_repair(const SlotPtr& slot);
  [[nodiscard]] Task<> catch_up(SlotPtr slot);
  [[nodiscard]] Task<> repair(SlotPtr slot);
  [[nodiscard]] Task<bool> read_on(SlotPtr slot);
  [[nodiscard]] Task<> compare_heads();
  void look_for_lost_rooms(const std::vector<std::uint64_t>& asked, const std::vector<Head>& heads);
  void drop_idle();

  MessageStore& store_;
  Feed& feed_;
  Loop& loop_;
  HubCounters counters_;
  const std::size_t max_log_bytes_;
  Marks marks_;
  // Rooms take off what is theirs at their end, and a coroutine that waits keeps its room.
  std::shared_ptr<std::size_t> log_bytes_ = std::make_shared<std::size_t>(0);
  std::unordered_map<std::uint64_t, SlotPtr> rooms_;
  std::vector<SlotPtr> to_flush_;  // At the end of this turn.
};

}  // namespace confab::gateway
