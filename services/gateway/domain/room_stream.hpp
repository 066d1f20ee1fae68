#pragma once

#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "gateway/domain/marks.hpp"
#include "gateway/domain/recent_entries.hpp"
#include "gateway/domain/subscriber.hpp"

namespace confab::gateway {

/// What a room's stream has to say to whoever runs it.
enum class StreamState {
  in_step,  ///< Everything known is in order.
  gap,      ///< Entries are missing: read the log after last().seq.
  forked,   ///< The log is not the one delivered so far: reset() with its head.
};

/// How far a client has a room, and what it was told beyond that without having confirmed it.
struct ToldPlace {
  RoomRef room;
  Position from;                    ///< Without its check.
  std::vector<std::uint64_t> told;  ///< By Marks: of the entries from.seq + 1, from.seq + 2, …
};

/// One room with subscribers here: the last place delivered, the latest entries, who listens.
/// Entries may come in any order, more than once, from the feed and from the log; subscribers see
/// each once, in order. What is in order gathers until flush(), which gives it to all of them as
/// one batch; every call that changes who listens flushes first.
class RoomStream {
 public:
  /// Latest entries kept for clients that come back.
  static constexpr std::size_t kRecent = 256;
  /// And of their JSON at most this much, but for the last one.
  static constexpr std::size_t kRecentBytes = 256 * 1024;
  /// Entries held while a gap before them is read. More: they are forgotten and read later.
  static constexpr std::size_t kMaxHeld = 1024;
  /// Or so much of their JSON, or what came last alone.
  static constexpr std::size_t kMaxHeldBytes = 4 << 20;

  /// `marks` is the event loop's, and so is what counts the memory of all rooms' latest entries,
  /// where it is given.
  RoomStream(RoomRef room, Position last, Marks& marks,
             std::shared_ptr<std::size_t> log_bytes = nullptr)
      : room_(std::move(room)),
        last_(std::move(last)),
        flushed_(last_),
        marks_(marks),
        recent_(kRecent, kRecentBytes, std::move(log_bytes)) {}
  RoomStream(const RoomStream&) = delete;
  RoomStream& operator=(const RoomStream&) = delete;

  [[nodiscard]] const RoomRef& room() const { return room_; }
  [[nodiscard]] const Position& last() const { return last_; }
  /// Up to where subscribers have been given everything.
  [[nodiscard]] const Position& told() const { return flushed_; }

  /// Takes an entry of the feed, gathers what has become in order and says what is wanted next.
  StreamState take(const std::shared_ptr<const Entry>& entry);

  /// Takes the next entry of the log, which is the truth. False when it does not follow last():
  /// then reset() with the log's head.
  [[nodiscard]] bool take_stored(const std::shared_ptr<const Entry>& entry);

  /// Gathers what entries of the log have brought in order.
  StreamState advance();

  /// Gives the subscribers what has gathered.
  void flush();
  /// Gives the subscribers, or those of one user, events that are not of the log.
  void tell(std::vector<EventPtr> events, std::optional<std::int64_t> user_id);
  /// Events that wait for a flush.
  [[nodiscard]] std::size_t gathered() const { return gathered_.size(); }

  /// Whether later entries wait for earlier ones.
  [[nodiscard]] bool has_held() const { return !held_.empty(); }
  void forget_held();

  /// Gives back the memory of the latest entries: what is asked of them is the store's to answer.
  void forget_recent() { recent_.forget_all(); }
  /// By Marks: when its latest entry was told.
  [[nodiscard]] std::uint64_t last_told() const { return recent_.last_told(); }

  /// Compares with the head the store reports.
  [[nodiscard]] StreamState compare(const Position& head) const;

  /// Goes on from `head` and tells subscribers that what they know may be wrong.
  void reset(const Position& head);
  /// How many times that has been done.
  [[nodiscard]] std::uint64_t resets() const { return resets_; }

  /// `member_at`: a place at which the subscriber was a member, so that entries up to it, which may
  /// still be on their way, do not end the subscription.
  void join(Subscriber& subscriber, std::uint64_t member_at);
  void leave(Subscriber& subscriber);

  /// Where a subscriber stood that is given nothing of the log for the moment.
  struct Hold {
    Position at;
    std::uint64_t resets = 0;
  };
  /// From now on the subscriber, if it is one, is given nothing of the log, until release() or
  /// until it has left. Being put out ends that, too.
  [[nodiscard]] Hold hold(Subscriber& subscriber);
  /// Gives the subscriber, if it is still held, what it was not given meanwhile; where that is not
  /// known any more, a `lag` or `reset` that tells so.
  void release(Subscriber& subscriber, const Hold& hold);

  /// Leaves every room.
  static void leave_all(Subscriber& subscriber);
  /// It will join so many: spares memory.
  static void expect(Subscriber& subscriber, std::size_t rooms) {
    subscriber.seats_.reserve(subscriber.seats_.size() + rooms);
  }
  [[nodiscard]] bool has(const Subscriber& subscriber) const;
  [[nodiscard]] bool empty() const { return listeners_.empty(); }
  [[nodiscard]] std::size_t listeners() const { return listeners_.size(); }

  /// Each room that the subscriber listens to, with what it was told after `mark`. Nothing when of
  /// one of them that is not known any more, or it is held there.
  [[nodiscard]] static std::optional<std::vector<ToldPlace>> told_after(
      const Subscriber& subscriber, std::uint64_t mark);

  /// The entries after `seq` up to last(); nothing when some of them are not kept any more.
  [[nodiscard]] std::optional<std::vector<std::shared_ptr<const Entry>>> since(
      std::uint64_t seq) const;
  /// Changes of messages delivered so far.
  [[nodiscard]] std::uint64_t changes() const { return changes_; }
  /// The page of the log, if all of it is kept.
  [[nodiscard]] std::optional<LogPage> page(const LogRange& range) const;

 private:
  struct Listener {
    Subscriber* subscriber;
    std::uint64_t member_at;
    bool held = false;
  };

  [[nodiscard]] bool follows(const Entry& entry) const;
  void deliver(const std::shared_ptr<const Entry>& entry);
  void put_out(std::int64_t user_id, std::uint64_t seq);
  void remove(std::size_t index);
  /// Null when it is none.
  [[nodiscard]] Listener* find(const Subscriber& subscriber);

  RoomRef room_;
  Position last_;
  Position flushed_;
  Marks& marks_;
  std::vector<EventPtr> gathered_;
  std::uint64_t resets_ = 0;
  std::uint64_t changes_ = 0;
  std::vector<Listener> listeners_;
  RecentEntries recent_;
  std::map<std::uint64_t, std::shared_ptr<const Entry>> held_;  // By seq, all above last_ + 1.
  std::size_t held_bytes_ = 0;                                  // Of their JSON.
};

/// The client's event of an entry.
[[nodiscard]] EventPtr to_event(const std::shared_ptr<const Entry>& entry);

/// Tells a client that read too slowly what it misses: everything after `at` up to `head`.
[[nodiscard]] EventPtr lag_event(const std::string& gid, const Position& at, const Position& head);

/// Tells a client to load the room anew: events go on after `head`.
[[nodiscard]] EventPtr reset_event(const std::string& gid, const Position& head);

}  // namespace confab::gateway
