#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>

#include "message_store/domain/event_json.hpp"
#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/fakes.hpp"
#include "message_store/domain/room_lanes.hpp"

namespace confab::message_store {

inline constexpr std::int64_t kAda = 1;
inline constexpr std::int64_t kStranger = 99;

/// Answers one message by a future.
struct OneMessage final : Sender {
  explicit OneMessage(std::function<void()> before) : before_answer(std::move(before)) {}
  void settle(std::span<const Settled> results) override {
    for (const auto& settled : results) {
      before_answer();
      answer.set_value(settled.result);
    }
  }
  std::function<void()> before_answer;
  std::promise<Result<Appended>> answer;
};

/// Holds the appends of one room until it is opened.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }
  void await_arrival() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ > 0; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

struct RoomLanesTest : testing::Test {
  FakeStore store;
  ScriptedRandom random;
  Gate gate;
  std::mutex mutex;  // Guards the four below.
  std::vector<std::vector<std::string>> batches;
  std::vector<std::string> stored;
  std::vector<std::string> steps;
  std::vector<BatchReport> reports;
  std::unique_ptr<RoomLanes> lanes;

  RoomLanesTest() {
    for (std::uint64_t room = 1; room <= 3; ++room) {
      const NewRoom made{
          room, "gid" + std::to_string(room), "room", RoomKind::private_room, {kAda, "", "ada", ""},
          {}};
      EXPECT_TRUE(store.create(made));
    }
  }

  /// Appends to room 1 wait at the gate; all are recorded.
  void begin(LaneOptions options) {
    store.before_append([this](std::uint64_t room_id, std::span<const Draft> drafts) {
      {
        const std::lock_guard lock(mutex);
        auto& batch = batches.emplace_back();
        for (const auto& draft : drafts) batch.push_back(draft.client_msg_id);
      }
      if (room_id == 1) gate.pass();
    });
    lanes = std::make_unique<RoomLanes>(
        store, random, options,
        [this](std::span<const Entry> entries) {
          const std::lock_guard lock(mutex);
          for (const auto& entry : entries) stored.push_back(entry.client_msg_id);
          steps.emplace_back("stored");
        },
        [this](const BatchReport& report) {
          const std::lock_guard lock(mutex);
          reports.push_back(report);
        });
  }

  std::future<Result<Appended>> send(std::uint64_t room_id, const std::string& id,
                                     const std::string& text = "hi", std::int64_t sender = kAda) {
    auto sender_of_it = std::make_shared<OneMessage>([this] {
      const std::lock_guard lock(mutex);
      steps.emplace_back("done");
    });
    auto future = sender_of_it->answer.get_future();
    NewMessage message[] = {{room_id, sender, id, text, ""}};
    lanes->append(message, sender_of_it);
    return future;
  }

  /// Sends "first" and leaves it at the gate: what is sent next gathers.
  std::future<Result<Appended>> keep_busy() {
    auto first = send(1, "first");
    gate.await_arrival();
    return first;
  }

  /// A message is answered before it leaves the queue.
  void await_empty_queue() const {
    while (lanes->queued() > 0) std::this_thread::yield();
  }

  using Batches = std::vector<std::vector<std::string>>;
};

}  // namespace confab::message_store
