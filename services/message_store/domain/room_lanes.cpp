#include "message_store/domain/room_lanes.hpp"

#include <algorithm>

#include "common/base/failpoint.hpp"
#include "message_store/domain/check_message.hpp"
#include "message_store/domain/event_json.hpp"

namespace confab::message_store {

using std::chrono::steady_clock;

namespace {

/// Before its body is made.
std::size_t size_of(const NewMessage& message) {
  return message.text.size() + message.attributes.size() + message.mentions.size() * sizeof(Person);
}

}  // namespace

RoomLanes::RoomLanes(RoomLog& log, Random& random, LaneOptions options, Stored stored,
                     std::function<void(const BatchReport&)> report)
    : log_(log),
      random_(random),
      options_(options),
      stored_(std::move(stored)),
      report_(std::move(report)) {
  for (std::size_t i = 0; i < options_.writers; ++i) {
    writers_.emplace_back([this, first = i == 0] { write_until_stopped(first); });
  }
}

RoomLanes::~RoomLanes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  first_wake_.notify_all();
  others_wake_.notify_all();
  for (auto& writer : writers_) writer.join();
}

void RoomLanes::append(std::span<NewMessage> messages, const std::shared_ptr<Sender>& sender) {
  Jobs jobs;
  std::vector<Settled> refused;
  for (auto& message : messages) {
    if (const auto good = check_message(message, options_.limits); !good) {
      refused.push_back({message.correlation, good.error()});
      continue;
    }
    auto& job = jobs.emplace_back();
    job.room_id = message.room_id;
    job.correlation = message.correlation;
    job.sender = sender;
    job.draft.sender_id = message.sender_id;
    if (message.refers()) {
      job.bytes = size_of(message);
      job.run = [this, sender, message = std::move(message)] {
        return append_referring(message, *sender);
      };
      continue;
    }
    job.draft = {message.sender_id, std::move(message.client_msg_id), Uuid::make(random_),
                 message_body(message.text, message.attributes)};
    job.bytes = job.draft.body.size();
  }
  enqueue(jobs);
  failpoint::reach(failpoint::Step::queued);
  for (const auto& job : jobs) {
    refused.push_back(
        {job.correlation, Error{ErrorCode::overloaded, "the message-store's queue is full",
                                std::chrono::milliseconds(500)}});
  }
  if (!refused.empty()) sender->settle(refused);
}

bool RoomLanes::run(std::uint64_t room_id, std::function<void()> job) {
  Jobs jobs(1);
  jobs.front().room_id = room_id;
  jobs.front().run = [job = std::move(job)]() -> std::optional<Error> {
    job();
    return std::nullopt;
  };
  enqueue(jobs);
  return jobs.empty();
}

std::size_t RoomLanes::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_;
}

void RoomLanes::enqueue(Jobs& jobs) {
  const std::lock_guard lock(mutex_);
  // Whatever the size of the next: else the small ones would pass what was refused before them.
  while (!jobs.empty() && !stopping_ && queued_ < options_.max_queued &&
         queued_bytes_ < options_.max_queued_bytes) {
    queued_bytes_ += jobs.front().bytes;
    auto& lane = lanes_[jobs.front().room_id];
    lane.room_id = jobs.front().room_id;
    const bool was_idle = lane.jobs.empty() && !lane.busy;
    lane.jobs.splice(lane.jobs.end(), jobs, jobs.begin());
    if (was_idle) line_up(lane);
    ++queued_;
    ++waiting_;
  }
  wake_writers();
}

/// Puts a lane with jobs, on which nobody works, where its next job belongs.
void RoomLanes::line_up(Lane& lane) {
  const bool alone = lane.must_be_alone || lane.jobs.front().run;
  (alone ? alone_ : ready_).push_back(&lane);
}

/// Wakes those for whom there is something to do, and nobody else: a wake-up costs more than a
/// message.
void RoomLanes::wake_writers() {
  const bool for_first = !ready_.empty() || (options_.writers == 1 && !alone_.empty());
  if (for_first && first_wakes_at_ > 0 && waiting_ >= first_wakes_at_) {
    first_wakes_at_ = 0;
    first_wake_.notify_one();
  }
  const bool backlog = waiting_ >= options_.max_batch;
  // Somebody has to watch for how long the first writer is busy.
  const bool needs_watch = asleep_ == options_.writers - 1 && asleep_ > 0 && first_since_;
  if (!alone_.empty() || backlog || (needs_watch && !ready_.empty())) others_wake_.notify_one();
}

void RoomLanes::write_until_stopped(bool first) {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto batch = take(first);
    if (batch.empty()) {
      if (stopping_ && queued_ == 0) break;
      wait_for_work(lock, first);
      continue;
    }
    Load taken;
    for (const auto& share : batch) {
      taken.jobs += share.jobs.size();
      for (const auto& job : share.jobs) taken.bytes += job.bytes;
    }
    waiting_ -= taken.jobs;
    if (first) first_since_ = steady_clock::now();
    lock.unlock();
    work_off(batch);
    lock.lock();
    if (first) first_since_.reset();
    auto refusals = give_back(batch, taken);
    wake_writers();
    if (refusals.empty()) continue;
    lock.unlock();
    tell(std::move(refusals));
    lock.lock();
  }
  first_wake_.notify_all();
  others_wake_.notify_all();
}

void RoomLanes::wait_for_work(std::unique_lock<std::mutex>& lock, bool first) {
  if (first && !ready_.empty()) {
    first_wakes_at_ = options_.max_batch;
    first_wake_.wait_until(lock, next_start_);
    first_wakes_at_ = 0;
  } else if (first) {
    first_wakes_at_ = 1;
    first_wake_.wait(lock);
    first_wakes_at_ = 0;
  } else if (waiting_ > 0) {
    others_wake_.wait_for(lock, options_.patience);
  } else {
    ++asleep_;
    others_wake_.wait(lock);
    --asleep_;
  }
}

RoomLanes::Batch RoomLanes::take(bool first) {
  const bool single = options_.writers == 1;
  if (!alone_.empty() && (!first || single)) {
    alone_is_next_ = !alone_is_next_;
    if (!single || alone_is_next_ || ready_.empty()) return take_alone();
  }
  if (ready_.empty()) return {};
  const auto now = steady_clock::now();
  const bool full = waiting_ >= options_.max_batch;
  if (first) {
    if (now < next_start_ && !full && !stopping_) return {};
    next_start_ = now + options_.spacing;
  } else if (!full && !(first_since_ && now - *first_since_ >= options_.patience)) {
    return {};
  }
  return take_ready();
}

/// The first lane's next job that is no message, or its messages.
RoomLanes::Batch RoomLanes::take_alone() {
  Batch batch(1);
  auto& lane = *alone_.front();
  alone_.pop_front();
  lane.busy = true;
  lane.must_be_alone = false;
  batch[0].lane = &lane;
  batch[0].room_id = lane.room_id;
  if (lane.jobs.front().run) {
    batch[0].jobs.splice(batch[0].jobs.end(), lane.jobs, lane.jobs.begin());
  } else {
    std::size_t bytes = 0;
    static_cast<void>(move_messages(batch[0], options_.max_batch, bytes));
  }
  return batch;
}

/// Messages of the rooms that have waited longest. A room with many gets no more than its share,
/// unless the others leave something.
RoomLanes::Batch RoomLanes::take_ready() {
  const auto lanes = std::min(ready_.size(), options_.max_batch);
  const auto fair_share = options_.max_batch / lanes;
  Batch batch;
  batch.reserve(lanes);
  std::size_t bytes = 0;
  std::size_t left = options_.max_batch;
  while (batch.size() < lanes) {
    Share share{ready_.front(), ready_.front()->room_id, {}};
    const auto moved = move_messages(share, fair_share, bytes);
    if (moved == 0) break;
    share.lane->busy = true;
    ready_.pop_front();
    batch.push_back(std::move(share));
    left -= moved;
  }
  for (auto& share : batch) left -= move_messages(share, left, bytes);
  return batch;
}

/// How many it moved from the lane to its share: up to a job that is no message, and to the bytes
/// of a batch, unless it is the first message of all.
std::size_t RoomLanes::move_messages(Share& share, std::size_t most, std::size_t& bytes) {
  auto& jobs = share.lane->jobs;
  std::size_t moved = 0;
  while (moved < most && !jobs.empty() && !jobs.front().run) {
    const auto size = jobs.front().draft.body.size();
    if (bytes > 0 && bytes + size > options_.max_batch_bytes) break;
    bytes += size;
    share.jobs.splice(share.jobs.end(), jobs, jobs.begin());
    ++moved;
  }
  return moved;
}

RoomLanes::Refusals RoomLanes::give_back(Batch& batch, const Load& taken) {
  Refusals refusals;
  queued_ -= taken.jobs;
  queued_bytes_ -= taken.bytes;
  for (auto& share : batch) {
    auto& lane = *share.lane;
    lane.busy = false;
    if (share.failure) take_followers(share, refusals);
    if (!share.jobs.empty()) {
      queued_ += share.jobs.size();
      waiting_ += share.jobs.size();
      for (const auto& job : share.jobs) queued_bytes_ += job.bytes;
      lane.must_be_alone = true;
      lane.jobs.splice(lane.jobs.begin(), share.jobs);
    }
    if (lane.jobs.empty()) {
      lanes_.erase(lane.room_id);
    } else {
      line_up(lane);
    }
  }
  return refusals;
}

}  // namespace confab::message_store
