#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>

#include "common/base/clock.hpp"
#include "common/base/random.hpp"
#include "message_store/domain/webhook_batch.hpp"
#include "message_store/domain/webhook_inbox.hpp"
#include "message_store/domain/webhook_queue.hpp"

namespace confab::message_store {

/// How a worker spends its time.
struct WebhookTimes {
  /// The lease is that much longer than a request, and is renewed in a third of it. After a crash
  /// others wait for the whole.
  std::chrono::milliseconds lease_beyond_request{15'000};
  /// Between two searches for rooms that nobody told of.
  std::chrono::milliseconds sweep{30'000};
  /// Between two writes of cursors: what may be sent again after a crash.
  std::chrono::milliseconds save{100};
  /// After a request failed.
  WebhookQueue::Rests rests;
  /// After PostgreSQL failed.
  std::chrono::milliseconds pause{1'000};
  /// For requests under way when the service stops.
  std::chrono::milliseconds farewell{3'000};
};

/// Delivers to one endpoint, on the thread that calls run(), while it has the endpoint's lease: of
/// several stores one delivers. The log is read again for each request, so an endpoint that is away
/// costs memory for the numbers of rooms only.
///
/// A request is begun only while the lease outlasts it, so no two stores have requests under way at
/// the same time, and cursors are moved only by who has the lease. mark(), holds() and stop() are
/// for any thread.
class WebhookWorker {
 public:
  struct Ports {
    WebhookStore& store;
    RoomLog& log;
    RenderEntries render;
    WebhookSender& sender;
    WebhookObserver& observer;
    const Clock& clock;
    Random& random;
    std::function<WebhookQueue::Time()> now;  ///< The steady clock.
  };

  WebhookWorker(WebhookEndpoint endpoint, Ports ports, WebhookTimes times);

  void mark(std::span<const RoomMark> marks) { inbox_->mark(marks, endpoint_); }
  [[nodiscard]] bool holds() const { return held_; }

  /// Works until stop(); then waits a little for answers and gives the lease up.
  void run();
  void stop() { inbox_->stop(); }

  /// Does what is due and returns when the next thing is.
  WebhookQueue::Time step();

 private:
  using Time = WebhookQueue::Time;

  /// Rooms looked at by one statement of a sweep at most, and the part of the time that it takes.
  static constexpr std::size_t kRoomsPerScan = 5000;
  static constexpr int kScanRest = 20;
  static constexpr std::size_t kMostUnsaved = 1000;
  /// Rooms begun before other things get their turn.
  static constexpr int kTurnsPerStep = 64;

  void keep_lease();
  void gain();
  void lose();
  void settle(std::vector<WebhookInbox::Answered> answers);
  void take_marks(const WebhookInbox::Content& content);
  void save();
  void scan();
  void could_not_scan(const Error& why);
  void enter(const WebhookScan& found);
  [[nodiscard]] bool may_begin() const;  ///< But for a stall.
  void begin_some();
  void begin(const WebhookQueue::Turn& turn);
  [[nodiscard]] Result<std::uint64_t> cursor_of(const WebhookQueue::Turn& turn);
  void post(std::uint64_t room_id, WebhookBatch batch);
  void could_not_read(const WebhookQueue::Turn& turn, const Error& why);
  void reached(std::uint64_t room_id, const WebhookBatch& batch);
  void stall(const Error& why);
  void report();
  [[nodiscard]] Time next_due() const;
  [[nodiscard]] std::chrono::milliseconds lease() const {
    return endpoint_.timeout + times_.lease_beyond_request;
  }

  const WebhookEndpoint endpoint_;
  const Ports ports_;
  const WebhookTimes times_;
  const std::shared_ptr<WebhookInbox> inbox_ = std::make_shared<WebhookInbox>();

  std::atomic<bool> held_{false};
  bool stopping_ = false;
  bool gone_ = false;  ///< It answered 410.
  Uuid token_;
  bool token_in_doubt_ = false;  ///< It may have the lease without our knowing.
  std::uint64_t round_ = 0;      ///< Counts leases; answers of an older one are ignored.
  Time lease_until_ = Time::min();
  Time renew_at_ = Time::min();
  Time blocked_until_ = Time::min();
  Time scan_at_ = Time::min();
  Time save_at_ = Time::max();
  Time report_at_ = Time::min();
  std::uint64_t scan_after_ = 0;
  std::size_t rooms_per_scan_ = kRoomsPerScan;  ///< Less after one that failed.
  std::chrono::milliseconds scan_pause_{0};     ///< After it.
  bool missed_marks_ = false;
  WebhookQueue queue_;
  std::unordered_map<std::uint64_t, WebhookBatch> running_;  ///< By room; without the request.
  std::map<std::uint64_t, std::uint64_t> unsaved_;           ///< Room to cursor.
};

}  // namespace confab::message_store
