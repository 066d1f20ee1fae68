#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common/base/random.hpp"
#include "message_store/domain/limits.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

struct LaneOptions {
  std::size_t writers = 3;      ///< Threads, each with a connection to PostgreSQL.
  std::size_t max_batch = 200;  ///< Messages in one transaction.
  std::size_t max_batch_bytes = 256 * 1024;
  std::size_t max_queued = 20'000;  ///< Jobs waiting in all lanes; more is refused: overloaded.
  std::size_t max_queued_bytes = 64UL << 20;  ///< Of messages; refused from then on, too.
  /// Least time from the start of one transaction of the first writer to that of its next, unless a
  /// full batch waits. An idle store answers at once whatever this is.
  std::chrono::microseconds spacing{0};
  /// After so long with one transaction the first writer no longer keeps all work to itself.
  std::chrono::milliseconds patience{20};
  StoreLimits limits = {};  ///< Of messages.
};

/// What a transaction of messages did, for the metrics.
struct BatchReport {
  std::size_t messages = 0;
  std::size_t rooms = 0;
  std::chrono::nanoseconds took{0};
  std::size_t queued = 0;  ///< Jobs without a result just after it, in all lanes.
  bool failed = false;
};

/// What became of a message.
struct Settled {
  std::uint64_t correlation = 0;
  Result<Appended> result;
};

/// Who sends messages and waits for what becomes of them.
class Sender {
 public:
  virtual ~Sender() = default;

  /// Told of each message once, together with those of its batch. On the caller's thread for
  /// messages that are refused at once, else on a writer's.
  virtual void settle(std::span<const Settled> results) = 0;
};

/// Every change of a room goes through the room's lane: one at a time, in order of arrival.
/// Messages that gather while a transaction is under way become the next one, whatever rooms they
/// are for, so an idle store answers at once and a busy one shares its commits.
///
/// The first writer takes every message that is ready, so that batches are as large as they can be.
/// The others are there for what would hold it up: changes of members and of messages; messages
/// that refer to others, which have to be looked up; rooms that another session
/// holds or whose messages made a statement fail, each alone; and messages, when a full batch waits
/// or the first writer has been at one for longer than `patience`.
///
/// Where messages of a sender, plain or not, fail so that they may be sent again, what that sender
/// has waiting behind them in the room is refused as well: stored, it would stand before what it
/// was sent after.
///
/// Threads: callers queue under `mutex_`; writers take a batch under it, work without it and tell
/// the senders. A lane is in `ready_`, in `alone_`, being worked on or empty, never two of them, so
/// no room is ever worked on by two threads.
class RoomLanes {
 public:
  /// Called on a writer's thread after each commit, before the senders are told, with the new
  /// entries: those of a room together, rising seq.
  using Stored = std::function<void(std::span<const Entry>)>;

  RoomLanes(RoomLog& log, Random& random, LaneOptions options, Stored stored,
            std::function<void(const BatchReport&)> report);
  /// Refuses new jobs, finishes those queued.
  ~RoomLanes();
  RoomLanes(const RoomLanes&) = delete;
  RoomLanes& operator=(const RoomLanes&) = delete;

  /// Checks and queues messages, which it moves from. Fails a message with what check_message()
  /// says, message_not_found for what it replies to, or overloaded.
  void append(std::span<NewMessage> messages, const std::shared_ptr<Sender>& sender);

  /// Runs `job` alone in the room's lane. False when the queue is full.
  [[nodiscard]] bool run(std::uint64_t room_id, std::function<void()> job);

  /// Jobs without a result now.
  [[nodiscard]] std::size_t queued() const;

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Job {
    std::uint64_t room_id = 0;
    std::uint64_t correlation = 0;
    Draft draft;
    std::size_t bytes = 0;                      // Of the message, also when its draft is taken.
    std::shared_ptr<Sender> sender;             // Of a message.
    std::function<std::optional<Error>()> run;  // Instead of appending; why it failed.
  };
  struct Load {
    std::size_t jobs = 0;
    std::size_t bytes = 0;
  };
  using Jobs = std::list<Job>;  // Moves between lanes and batches without touching the jobs.
  struct Lane {
    std::uint64_t room_id = 0;
    Jobs jobs;
    bool busy = false;
    bool must_be_alone = false;
  };
  /// The jobs of one lane within a batch.
  struct Share {
    Lane* lane = nullptr;  // Under the lock.
    std::uint64_t room_id = 0;
    Jobs jobs;
    std::optional<Error> failure{};       // That may be tried again, of
    std::vector<std::int64_t> senders{};  // messages of these.
  };
  using Batch = std::vector<Share>;
  /// Messages that were not tried, with what to say to their senders.
  using Refusals = std::vector<std::pair<Job, Error>>;

  /// Queues jobs as long as there is room; leaves the others in `jobs`.
  void enqueue(Jobs& jobs);
  void line_up(Lane& lane);
  void wake_writers();
  void write_until_stopped(bool first);
  void wait_for_work(std::unique_lock<std::mutex>& lock, bool first);
  [[nodiscard]] Batch take(bool first);
  [[nodiscard]] Batch take_alone();
  [[nodiscard]] Batch take_ready();
  [[nodiscard]] std::size_t move_messages(Share& share, std::size_t most, std::size_t& bytes);
  /// Ends the work on a batch; the jobs left in it are tried again, each room alone. Returns what
  /// is to be refused now.
  [[nodiscard]] Refusals give_back(Batch& batch, const Load& taken);
  void take_followers(Share& share, Refusals& refusals);

  void work_off(Batch& batch);
  void append_batch(Batch& batch);
  [[nodiscard]] Result<std::vector<Result<AppendOutcome>>> write(std::span<const RoomDrafts> rooms);
  [[nodiscard]] std::optional<Error> append_referring(const NewMessage& message, Sender& sender);
  [[nodiscard]] Result<AppendOutcome> append_checked(const NewMessage& message);
  [[nodiscard]] static std::vector<Draft> take_drafts(Batch& batch);
  static void note_failure(Share& share, const Error& error);
  static void tell(Refusals refusals);

  RoomLog& log_;
  Random& random_;
  const LaneOptions options_;
  Stored stored_;
  std::function<void(const BatchReport&)> report_;
  mutable std::mutex mutex_;  // Guards all below.
  std::condition_variable first_wake_;
  std::condition_variable others_wake_;
  std::unordered_map<std::uint64_t, Lane> lanes_;
  std::deque<Lane*> ready_;  ///< Messages are next.
  std::deque<Lane*> alone_;  ///< Something that must be worked on alone is next.
  std::size_t queued_ = 0;
  std::size_t queued_bytes_ = 0;     ///< Of queued_.
  std::size_t waiting_ = 0;          ///< Of queued_, those nobody works on.
  std::optional<Time> first_since_;  ///< When the first writer began with what it works on.
  Time next_start_{};                ///< Of the first writer's next transaction, at the earliest.
  std::size_t first_wakes_at_ = 0;   ///< Jobs waiting that wake the first writer; 0: it is awake.
  std::size_t asleep_ = 0;           ///< Other writers that wait without a time limit.
  bool alone_is_next_ = false;       ///< Of one writer, which does both in turn.
  bool stopping_ = false;
  std::vector<std::thread> writers_;
};

}  // namespace confab::message_store
