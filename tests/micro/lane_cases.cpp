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
  Result<std::vector<Result<AppendOutcome>>> append_all(
      std::span<const RoomDrafts> rooms) override {
    std::vector<Result<AppendOutcome>> outcomes;
    outcomes.reserve(rooms.size());
    for (const auto& room : rooms) {
      AppendOutcome outcome;
      outcome.results.reserve(room.drafts.size());
      for (const auto& draft : room.drafts) {
        outcome.results.emplace_back(Appended{1, 1, draft.msg_id, 1, false});
      }
      outcomes.emplace_back(std::move(outcome));
    }
    return outcomes;
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
  Result<ChangeOutcome> change(const MessageChange& /*change*/) override { return ChangeOutcome{}; }
  Result<References> look_up(std::uint64_t /*room_id*/, std::uint64_t /*reply_to*/,
                             std::span<const std::int64_t> /*user_ids*/) override {
    return References{};
  }
  Result<LogPage> pins(std::uint64_t /*room_id*/, std::int64_t /*reader_id*/) override {
    return LogPage{};
  }
};

/// Lets a thread wait until all messages were answered.
class Countdown final : public Sender {
 public:
  void begin(std::size_t count) {
    const std::lock_guard lock(mutex_);
    left_ = count;
  }
  void settle(std::span<const Settled> results) override {
    const std::lock_guard lock(mutex_);
    left_ -= results.size();
    if (left_ == 0) changed_.notify_one();
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
  std::shared_ptr<Countdown> countdown = std::make_shared<Countdown>();
  RoomLanes lanes{
      log, random, {.writers = 1}, [](std::span<const Entry>) {}, [](const BatchReport&) {}};
};

NewMessage message(std::size_t number) {
  NewMessage made;
  made.room_id = 1 + number % kRooms;
  made.sender_id = 7;
  made.client_msg_id = "4a1f2c7e90b14ad8-" + std::to_string(number);
  made.text = std::string(128, 'x');
  return made;
}

/// Queues 500 messages of 10 rooms and waits for their results.
std::function<void()> batch() {
  return [fixture = std::make_shared<Fixture>()] {
    fixture->countdown->begin(kMessages);
    for (std::size_t i = 0; i < kMessages; ++i) {
      auto one = message(i);
      fixture->lanes.append({&one, 1}, fixture->countdown);
    }
    fixture->countdown->wait();
  };
}

}  // namespace
}  // namespace confab::message_store

namespace confab::micro {

std::vector<Case> lane_cases() {
  return {{"store_lanes_500", message_store::kMessages, message_store::batch}};
}

}  // namespace confab::micro
