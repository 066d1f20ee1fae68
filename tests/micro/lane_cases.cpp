#include <condition_variable>
#include <memory>
#include <mutex>

#include "cases.hpp"
#include "common/base/random.hpp"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {
namespace {

constexpr std::size_t kMessages = 500;
constexpr std::size_t kRooms = 10;

/// Stores nothing, at no cost.
class EmptyLog final : public RoomLog {
 public:
  Result<AppendOutcome> append(std::uint64_t /*room_id*/, std::span<const Draft> drafts) override {
    AppendOutcome outcome;
    outcome.results.reserve(drafts.size());
    for (const auto& draft : drafts) {
      outcome.results.emplace_back(Appended{1, 1, draft.msg_id, 1, false});
    }
    return outcome;
  }
  Result<LogPage> read(std::uint64_t /*room_id*/, std::int64_t /*reader_id*/,
                       const LogRange& /*range*/) override {
    return LogPage{};
  }
  Result<std::vector<Head>> heads(std::span<const std::uint64_t> /*rooms*/) override {
    return std::vector<Head>{};
  }
  Result<MemberOutcome> join(const MemberChange& /*change*/) override { return MemberOutcome{}; }
  Result<MemberOutcome> leave(const MemberChange& /*change*/) override { return MemberOutcome{}; }
};

/// Lets a thread wait until all messages were answered.
class Countdown {
 public:
  void begin(std::size_t count) {
    const std::lock_guard lock(mutex_);
    left_ = count;
  }
  void done() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t left_ = 0;
};

struct Fixture {
  EmptyLog log;
  SystemRandom random;
  Countdown countdown;
  RoomLanes lanes{
      log, random, {.writers = 1}, [](const std::vector<Entry>&) {}, [](const BatchReport&) {}};
};

/// Queues 500 messages of 10 rooms and waits for their results.
std::function<void()> batch() {
  return [fixture = std::make_shared<Fixture>()] {
    fixture->countdown.begin(kMessages);
    for (std::size_t i = 0; i < kMessages; ++i) {
      fixture->lanes.append(
          {1 + i % kRooms, 7, "4a1f2c7e90b14ad8-" + std::to_string(i), std::string(128, 'x'), ""},
          [&](const Result<Appended>&) { fixture->countdown.done(); });
    }
    fixture->countdown.wait();
  };
}

}  // namespace
}  // namespace confab::message_store

namespace confab::micro {

std::vector<Case> lane_cases() {
  return {{"store_lanes_500", message_store::kMessages, message_store::batch}};
}

}  // namespace confab::micro
