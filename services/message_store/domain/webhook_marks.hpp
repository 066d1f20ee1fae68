#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "message_store/domain/ports.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// Notes which rooms grow, beside telling the gateways, and tells those who deliver to webhooks:
/// all that happens within kEvery at once, on a thread of its own. A commit pays for one entry in a
/// map per room. What is lost here, a sweep finds. Thread-safe.
class WebhookMarks final : public Events {
 public:
  static constexpr std::chrono::milliseconds kEvery{100};
  /// More rooms than this at one time are left to the next sweep.
  static constexpr std::size_t kMostRooms = 20'000;
  using Tell = std::function<void(std::span<const RoomMark> marks)>;

  WebhookMarks(Events& next, Tell tell);
  ~WebhookMarks() override;
  WebhookMarks(const WebhookMarks&) = delete;
  WebhookMarks& operator=(const WebhookMarks&) = delete;

  void committed(std::span<const Entry> entries, std::span<const std::string> json) override;
  void notify(const UserNotice& notice) override { next_.notify(notice); }
  void receipts(std::span<const Receipt> receipts) override { next_.receipts(receipts); }

 private:
  void note(std::span<const Entry> entries);
  void work();

  Events& next_;
  const Tell tell_;
  std::mutex mutex_;  // Guards the two below.
  std::unordered_map<std::uint64_t, RoomMark> marks_;
  bool stopping_ = false;
  std::condition_variable wake_;
  std::thread thread_;
};

}  // namespace confab::message_store
