#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common/base/random.hpp"
#include "message_store/domain/ports.hpp"

namespace confab::message_store {

struct LaneOptions {
  std::size_t writers = 3;      ///< Threads, each with a connection to PostgreSQL.
  std::size_t max_batch = 200;  ///< Messages in one transaction.
  std::size_t max_batch_bytes = 256 * 1024;
  std::size_t max_queued = 20'000;  ///< Jobs waiting in all lanes; more is refused: overloaded.
};

/// What a batch did, for the metrics.
struct BatchReport {
  std::size_t messages = 0;
  std::chrono::nanoseconds took{0};
  bool failed = false;
};

/// Every change of a room goes through the room's lane: one at a time, in order of arrival.
/// Messages that gather while the lane is busy become one batch, so an idle room answers at once
/// and a busy one amortises its commits; there is no timer.
///
/// Threads: callers queue under `mutex_`; writer threads take a whole batch of one lane, work
/// without the lock, and call the completions. A lane is in `ready_` or being worked on or empty,
/// never two of them, so no room is ever worked on by two threads.
class RoomLanes {
 public:
  using AppendDone = std::function<void(Result<Appended>)>;
  /// Called on the writer's thread after each committed batch, before the completions.
  using Stored = std::function<void(const std::vector<Entry>&)>;

  RoomLanes(RoomLog& log, Random& random, LaneOptions options, Stored stored,
            std::function<void(const BatchReport&)> report);
  /// Refuses new jobs, finishes those queued.
  ~RoomLanes();
  RoomLanes(const RoomLanes&) = delete;
  RoomLanes& operator=(const RoomLanes&) = delete;

  /// Checks and queues a message; `done` is called once, on the caller's thread when the message is
  /// refused at once, else on a writer's.
  void append(NewMessage message, AppendDone done);

  /// Runs `job` alone in the room's lane. False when the queue is full.
  [[nodiscard]] bool run(std::uint64_t room_id, std::function<void()> job);

  /// Jobs waiting now.
  [[nodiscard]] std::size_t queued() const;

 private:
  struct Job {
    Draft draft;
    AppendDone done;            // Of a message.
    std::function<void()> run;  // Of anything else.
  };
  struct Lane {
    std::deque<Job> jobs;
    bool busy = false;
  };

  [[nodiscard]] bool enqueue(std::uint64_t room_id, Job job);
  void write_until_stopped();
  [[nodiscard]] std::vector<Job> take_batch(Lane& lane);
  void work_off(std::uint64_t room_id, std::vector<Job>& jobs);

  RoomLog& log_;
  Random& random_;
  const LaneOptions options_;
  Stored stored_;
  std::function<void(const BatchReport&)> report_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::unordered_map<std::uint64_t, Lane> lanes_;
  std::deque<std::uint64_t> ready_;
  std::size_t queued_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> writers_;
};

/// The limits of a message (docs/protocol.md, "Limits").
inline constexpr std::size_t kMaxTextBytes = 16 * 1024;
inline constexpr std::size_t kMaxAttributesBytes = 8 * 1024;
inline constexpr std::size_t kMaxClientMsgIdBytes = 64;

/// invalid_argument, empty_text or text_too_long.
[[nodiscard]] Result<> check_message(const NewMessage& message);

}  // namespace confab::message_store
