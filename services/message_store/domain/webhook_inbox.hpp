#pragma once

#include <condition_variable>
#include <mutex>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// What other threads tell the one that delivers to an endpoint. Thread-safe.
class WebhookInbox {
 public:
  /// More rooms than this are left to the next scan.
  static constexpr std::size_t kMostMarks = 20'000;

  struct Answered {
    std::uint64_t round = 0;  ///< Of the lease under which it was sent.
    std::uint64_t room_id = 0;
    WebhookAnswer answer;
  };
  struct Content {
    std::unordered_map<std::uint64_t, std::uint64_t> marks;  ///< Room to the end of its log.
    bool missed_marks = false;
    std::vector<Answered> answers;
    bool stop = false;
  };

  void mark(std::span<const RoomMark> marks, const WebhookEndpoint& endpoint) {
    {
      const std::lock_guard lock(mutex_);
      for (const auto& mark : marks) {
        if (!endpoint.wants_room(mark.gid)) continue;
        if (content_.marks.size() >= kMostMarks && content_.marks.count(mark.room_id) == 0) {
          content_.missed_marks = true;
          continue;
        }
        auto& seq = content_.marks[mark.room_id];
        seq = std::max(seq, mark.seq);
      }
    }
    wake_.notify_one();
  }

  void answered(Answered answer) {
    {
      const std::lock_guard lock(mutex_);
      content_.answers.push_back(std::move(answer));
    }
    wake_.notify_one();
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      content_.stop = true;
    }
    wake_.notify_one();
  }

  [[nodiscard]] Content take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(content_, {});
  }

  /// Until there is something, or that time.
  void wait_until(std::chrono::steady_clock::time_point time) {
    std::unique_lock lock(mutex_);
    wake_.wait_until(lock, time, [this] { return !is_empty(); });
  }

 private:
  [[nodiscard]] bool is_empty() const {
    return content_.marks.empty() && content_.answers.empty() && !content_.missed_marks &&
           !content_.stop;
  }

  std::mutex mutex_;  // Guards content_.
  std::condition_variable wake_;
  Content content_;
};

}  // namespace confab::message_store
