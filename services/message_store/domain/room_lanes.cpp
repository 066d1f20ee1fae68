#include "message_store/domain/room_lanes.hpp"

#include <algorithm>

#include "common/base/encoding.hpp"
#include "message_store/domain/event_json.hpp"

namespace confab::message_store {
namespace {

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

bool is_clean(const std::string& text) {
  return is_utf8(text) && text.find('\0') == std::string::npos;
}

}  // namespace

Result<> check_message(const NewMessage& message) {
  if (message.text.size() > kMaxTextBytes) {
    return Error{ErrorCode::text_too_long,
                 "the text is longer than " + std::to_string(kMaxTextBytes) + " bytes"};
  }
  if (message.attributes.size() > kMaxAttributesBytes) {
    return Error{ErrorCode::payload_too_large, "the attributes are longer than " +
                                                   std::to_string(kMaxAttributesBytes) + " bytes"};
  }
  if (is_blank(message.text) && message.attributes.empty()) {
    return Error{ErrorCode::empty_text, "the text is empty"};
  }
  if (message.client_msg_id.empty() || message.client_msg_id.size() > kMaxClientMsgIdBytes) {
    return Error{ErrorCode::invalid_argument, "client_msg_id must have 1 to 64 bytes"};
  }
  if (!is_clean(message.text) || !is_clean(message.client_msg_id)) {
    return Error{ErrorCode::invalid_argument, "text must be UTF-8 without NUL"};
  }
  return {};
}

RoomLanes::RoomLanes(RoomLog& log, Random& random, LaneOptions options, Stored stored,
                     std::function<void(const BatchReport&)> report)
    : log_(log),
      random_(random),
      options_(options),
      stored_(std::move(stored)),
      report_(std::move(report)) {
  for (std::size_t i = 0; i < options_.writers; ++i) {
    writers_.emplace_back([this] { write_until_stopped(); });
  }
}

RoomLanes::~RoomLanes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& writer : writers_) writer.join();
}

void RoomLanes::append(NewMessage message, AppendDone done) {
  if (const auto good = check_message(message); !good) return done(good.error());
  Job job;
  job.draft = {message.sender_id, std::move(message.client_msg_id), Uuid::make(random_),
               message_body(message.text, message.attributes)};
  job.done = done;
  if (enqueue(message.room_id, std::move(job))) return;
  done(Error{ErrorCode::overloaded, "the message-store's queue is full",
             std::chrono::milliseconds(500)});
}

bool RoomLanes::run(std::uint64_t room_id, std::function<void()> job) {
  Job queued;
  queued.run = std::move(job);
  return enqueue(room_id, std::move(queued));
}

std::size_t RoomLanes::queued() const {
  const std::lock_guard lock(mutex_);
  return queued_;
}

bool RoomLanes::enqueue(std::uint64_t room_id, Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || queued_ >= options_.max_queued) return false;
    auto& lane = lanes_[room_id];
    if (lane.jobs.empty() && !lane.busy) ready_.push_back(room_id);
    lane.jobs.push_back(std::move(job));
    ++queued_;
  }
  wake_.notify_one();
  return true;
}

void RoomLanes::write_until_stopped() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [&] { return !ready_.empty() || (stopping_ && queued_ == 0); });
    if (ready_.empty()) break;
    const auto room_id = ready_.front();
    ready_.pop_front();
    auto& lane = lanes_[room_id];
    lane.busy = true;
    auto jobs = take_batch(lane);
    const auto taken = jobs.size();
    lock.unlock();
    work_off(room_id, jobs);
    jobs.clear();  // What the completions own may end with them: not under the lock.
    lock.lock();
    queued_ -= taken;
    // The reference stays good while other rooms come and go; only this thread ends this lane.
    lane.busy = false;
    if (lane.jobs.empty()) {
      lanes_.erase(room_id);
    } else {
      ready_.push_back(room_id);
      wake_.notify_one();
    }
  }
  wake_.notify_all();
}

/// The next job that is no message, alone; or the messages up to it, within the limits.
std::vector<RoomLanes::Job> RoomLanes::take_batch(Lane& lane) {
  std::vector<Job> batch;
  std::size_t bytes = 0;
  while (!lane.jobs.empty() && batch.size() < options_.max_batch) {
    auto& next = lane.jobs.front();
    if (!batch.empty() && (next.run || bytes + next.draft.body.size() > options_.max_batch_bytes)) {
      break;
    }
    bytes += next.draft.body.size();
    const bool alone = static_cast<bool>(next.run);
    batch.push_back(std::move(next));
    lane.jobs.pop_front();
    if (alone) break;
  }
  return batch;
}

void RoomLanes::work_off(std::uint64_t room_id, std::vector<Job>& jobs) {
  if (jobs.front().run) return jobs.front().run();
  std::vector<Draft> drafts;
  drafts.reserve(jobs.size());
  for (auto& job : jobs) drafts.push_back(std::move(job.draft));
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = log_.append(room_id, drafts);
  report_({drafts.size(), std::chrono::steady_clock::now() - start, !outcome});
  if (outcome) stored_(outcome->stored);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    jobs[i].done(outcome ? outcome->results[i] : Result<Appended>(outcome.error()));
  }
}

}  // namespace confab::message_store

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::message_store {
namespace {

ErrorCode refusal(const NewMessage& message) {
  const auto checked = check_message(message);
  return checked ? ErrorCode::internal : checked.error().code;
}

TEST(CheckMessage, TakesWhatIsWithinTheLimits) {
  EXPECT_TRUE(check_message({1, 1, "c", "hi", ""}));
  EXPECT_TRUE(check_message(
      {1, 1, std::string(64, 'c'), std::string(16 * 1024, 'x'), std::string(8 * 1024, ' ')}));
  EXPECT_TRUE(check_message({1, 1, "c", "", "{\"image\":{}}"})) << "attributes alone are enough";
  EXPECT_TRUE(check_message({1, 1, "c", "\xF0\x9F\x98\x80\n{}\\\"", ""}));
}

TEST(CheckMessage, RefusesWhatIsOutsideThem) {
  EXPECT_EQ(refusal({1, 1, "c", "", ""}), ErrorCode::empty_text);
  EXPECT_EQ(refusal({1, 1, "c", " \t\r\n\v\f", ""}), ErrorCode::empty_text);
  EXPECT_EQ(refusal({1, 1, "c", std::string(16 * 1024 + 1, 'x'), ""}), ErrorCode::text_too_long);
  EXPECT_EQ(refusal({1, 1, "c", "hi", std::string(8 * 1024 + 1, ' ')}),
            ErrorCode::payload_too_large);
  EXPECT_EQ(refusal({1, 1, "", "hi", ""}), ErrorCode::invalid_argument);
  EXPECT_EQ(refusal({1, 1, std::string(65, 'c'), "hi", ""}), ErrorCode::invalid_argument);
}

TEST(CheckMessage, RefusesWhatIsNoCleanText) {
  const std::string nul("a\0b", 3);
  for (const std::string& text : {nul, std::string("\xFF"), std::string("\xED\xA0\x80")}) {
    EXPECT_EQ(refusal({1, 1, "c", text, ""}), ErrorCode::invalid_argument);
    EXPECT_EQ(refusal({1, 1, text, "hi", ""}), ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace confab::message_store
#endif
