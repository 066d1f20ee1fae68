// What a writer of RoomLanes does with a batch, without its lock.
#include <algorithm>

#include "common/base/failpoint.hpp"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {
namespace {

using std::chrono::steady_clock;

/// Results by whom they are for, so that each sender is told once a batch.
class Results {
 public:
  void add(const std::shared_ptr<Sender>& sender, Settled settled) {
    auto of_sender = std::find_if(all_.begin(), all_.end(),
                                  [&](const auto& one) { return one.first == sender; });
    if (of_sender == all_.end()) of_sender = all_.insert(all_.end(), {sender, {}});
    of_sender->second.push_back(std::move(settled));
  }
  void tell() {
    for (const auto& [sender, results] : all_) sender->settle(results);
  }

 private:
  std::vector<std::pair<std::shared_ptr<Sender>, std::vector<Settled>>> all_;
};

/// Of a room in a batch of several: whether its failure may be another's, or just that another
/// session held it.
bool is_worth_trying_alone(const Error& error, bool whole_batch) {
  return error.code == (whole_batch ? ErrorCode::internal : ErrorCode::unavailable);
}

}  // namespace

void RoomLanes::work_off(Batch& batch) {
  auto& first = batch.front().jobs;
  if (!first.front().run) return append_batch(batch);
  if (const auto failure = first.front().run()) note_failure(batch.front(), *failure);
  first.clear();  // What a job owns may end with it: not under the lock.
}

std::vector<Draft> RoomLanes::take_drafts(Batch& batch) {
  std::vector<Draft> drafts;
  for (auto& share : batch) {
    for (auto& job : share.jobs) drafts.push_back(std::move(job.draft));
  }
  return drafts;
}

Result<std::vector<Result<AppendOutcome>>> RoomLanes::write(std::span<const RoomDrafts> rooms) {
  if (failpoint::fails(failpoint::Step::before_commit)) {
    return Error{ErrorCode::unavailable, "failpoint"};
  }
  auto outcomes = log_.append_all(rooms);
  if (failpoint::fails(failpoint::Step::committed)) {
    return Error{ErrorCode::unknown_outcome, "failpoint"};
  }
  return outcomes;
}

void RoomLanes::append_batch(Batch& batch) {
  std::sort(batch.begin(), batch.end(),
            [](const Share& a, const Share& b) { return a.room_id < b.room_id; });
  auto drafts = take_drafts(batch);
  std::vector<RoomDrafts> rooms;
  auto* next = drafts.data();
  for (const auto& share : batch) {
    rooms.push_back({share.room_id, {next, share.jobs.size()}});
    next += share.jobs.size();
  }
  const auto start = steady_clock::now();
  auto outcomes = write(rooms);
  report_({drafts.size(), rooms.size(), steady_clock::now() - start, queued(), !outcomes});

  std::vector<Entry> stored;
  Results results;
  next = drafts.data();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto& jobs = batch[i].jobs;
    auto outcome = outcomes ? std::move((*outcomes)[i]) : Result<AppendOutcome>(outcomes.error());
    if (batch.size() > 1 && !outcome && is_worth_trying_alone(outcome.error(), !outcomes)) {
      for (auto& job : jobs) job.draft = std::move(*next++);
      continue;
    }
    next += jobs.size();
    std::size_t item = 0;
    for (const auto& job : jobs) {
      results.add(job.sender, {job.correlation, outcome ? std::move(outcome->results[item++])
                                                        : Result<Appended>(outcome.error())});
    }
    if (!outcome) note_failure(batch[i], outcome.error());
    jobs.clear();
    if (outcome)
      std::move(outcome->stored.begin(), outcome->stored.end(), std::back_inserter(stored));
  }
  if (!stored.empty()) stored_(stored);
  results.tell();
}

/// Of messages that were all answered with that error.
void RoomLanes::note_failure(Share& share, const Error& error) {
  if (!error_traits(error.code).retryable) return;
  share.failure = error;
  for (const auto& job : share.jobs) share.senders.push_back(job.draft.sender_id);
}

/// Under the lock.
void RoomLanes::take_followers(Share& share, Refusals& refusals) {
  auto& jobs = share.lane->jobs;
  auto error = *share.failure;
  if (error.code == ErrorCode::unknown_outcome) {  // They were certainly not stored.
    error = {ErrorCode::unavailable, "what was sent before it to the room has failed"};
  }
  for (auto at = jobs.begin(); at != jobs.end();) {
    const auto sender_id = at->draft.sender_id;
    const bool follows = at->sender && std::find(share.senders.begin(), share.senders.end(),
                                                 sender_id) != share.senders.end();
    if (!follows) {
      ++at;
      continue;
    }
    queued_bytes_ -= at->bytes;
    refusals.emplace_back(std::move(*at), error);
    at = jobs.erase(at);
    --queued_;
    --waiting_;
  }
}

void RoomLanes::tell(Refusals refusals) {
  Results results;
  for (const auto& [job, error] : refusals) results.add(job.sender, {job.correlation, error});
  results.tell();
}

}  // namespace confab::message_store
