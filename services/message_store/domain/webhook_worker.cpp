#include "message_store/domain/webhook_worker.hpp"

#include <limits>

namespace confab::message_store {

WebhookWorker::WebhookWorker(WebhookEndpoint endpoint, Ports ports, WebhookTimes times)
    : endpoint_(std::move(endpoint)),
      ports_(std::move(ports)),
      times_(times),
      queue_(endpoint_.in_flight, times_.rests, ports_.random) {}

void WebhookWorker::run() {
  while (!stopping_) {
    const auto due = step();
    if (!stopping_) inbox_->wait_until(due);
  }
  const auto end = ports_.now() + times_.farewell;
  while (held_ && !running_.empty() && ports_.now() < end) {
    inbox_->wait_until(end);
    step();
  }
  if (!held_) return;
  save_at_ = Time::min();
  save();
  // With a request still under way, others have to wait for the end of the lease.
  if (running_.empty()) static_cast<void>(ports_.store.release(endpoint_, token_));
}

WebhookQueue::Time WebhookWorker::step() {
  auto content = inbox_->take();
  stopping_ = stopping_ || content.stop;
  settle(std::move(content.answers));
  keep_lease();
  if (held_) take_marks(content);
  if (held_) save();
  if (held_) scan();
  begin_some();
  report();
  return next_due();
}

void WebhookWorker::keep_lease() {
  const auto now = ports_.now();
  if (now < renew_at_) return;
  if (!held_ && !token_in_doubt_) token_ = Uuid::make(ports_.random);
  const auto held = ports_.store.hold(endpoint_, token_, lease());
  token_in_doubt_ = !held;
  if (!held) {
    ports_.observer.stalled(held.error());
    renew_at_ = now + times_.pause;
    if (held_ && ports_.now() >= lease_until_) lose();
    return;
  }
  renew_at_ = now + times_.lease_beyond_request / 3;
  if (*held) {
    lease_until_ = now + lease();
    if (!held_) gain();
  } else if (held_) {
    lose();
  }
}

void WebhookWorker::gain() {
  held_ = true;
  gone_ = false;
  ++round_;
  scan_at_ = Time::min();
  scan_after_ = 0;
  scan_pause_ = {};
  ports_.observer.held(true);
}

void WebhookWorker::lose() {
  held_ = false;
  queue_.clear();
  running_.clear();
  unsaved_.clear();
  save_at_ = Time::max();
  ports_.observer.held(false);
}

void WebhookWorker::settle(std::vector<WebhookInbox::Answered> answers) {
  for (auto& [round, room_id, answer] : answers) {
    const auto running = running_.find(room_id);
    if (round != round_ || running == running_.end()) continue;
    const auto batch = std::move(running->second);
    running_.erase(running);
    const auto events = batch.delivery->events;
    switch (answer.verdict) {
      case WebhookAnswer::Verdict::delivered:
        queue_.endpoint_works();
        reached(room_id, batch);
        break;
      case WebhookAnswer::Verdict::retry:
        queue_.failed(room_id, batch.after, batch.through, ports_.now(), answer.retry_after);
        break;
      case WebhookAnswer::Verdict::gone:
        queue_.failed(room_id, batch.after, batch.through, ports_.now(), answer.retry_after);
        gone_ = true;
        break;
    }
    ports_.observer.answered(answer, events);
  }
}

/// All of the batch is delivered, or is not for the endpoint.
void WebhookWorker::reached(std::uint64_t room_id, const WebhookBatch& batch) {
  if (batch.through > batch.after) {
    if (unsaved_.empty()) save_at_ = ports_.now() + times_.save;
    unsaved_[room_id] = batch.through;
  }
  if (batch.more) queue_.mark(room_id, batch.through + 1, batch.since_ms);
  // An empty read means that there is nothing, whatever was said of the room.
  const bool nothing = batch.through == batch.after;
  queue_.delivered(room_id, nothing ? std::numeric_limits<std::uint64_t>::max() : batch.through,
                   batch.since_ms);
}

void WebhookWorker::take_marks(const WebhookInbox::Content& content) {
  if (gone_) return;
  missed_marks_ = missed_marks_ || content.missed_marks;
  const auto now =
      std::chrono::duration_cast<std::chrono::milliseconds>(ports_.clock.now().time_since_epoch());
  for (const auto& [room_id, seq] : content.marks) {
    if (!queue_.mark(room_id, seq, now.count())) missed_marks_ = true;
  }
}

void WebhookWorker::save() {
  const auto now = ports_.now();
  if (unsaved_.empty() || now < blocked_until_) return;
  if (now < save_at_ && unsaved_.size() < kMostUnsaved) return;
  std::vector<WebhookCursor> cursors;
  cursors.reserve(unsaved_.size());
  for (const auto& [room_id, seq] : unsaved_) cursors.push_back({room_id, seq});
  const auto saved = ports_.store.advance(endpoint_, token_, cursors);
  if (!saved) return stall(saved.error());
  if (!*saved) return lose();
  unsaved_.clear();
  save_at_ = Time::max();
}

void WebhookWorker::scan() {
  const auto now = ports_.now();
  if (gone_ || stopping_ || now < scan_at_ || now < blocked_until_) return;
  if (queue_.half_full()) {
    scan_at_ = now + times_.pause;
    return;
  }
  const auto found = ports_.store.scan(endpoint_, scan_after_, rooms_per_scan_);
  if (!found) return could_not_scan(found.error());
  rooms_per_scan_ = std::min(kRoomsPerScan, 2 * rooms_per_scan_);
  scan_pause_ = {};
  enter(*found);
}

/// Rooms that are known to be behind have their turn meanwhile.
void WebhookWorker::could_not_scan(const Error& why) {
  rooms_per_scan_ = std::max<std::size_t>(1, rooms_per_scan_ / 4);
  scan_pause_ = std::max(times_.pause, std::min(2 * scan_pause_, times_.sweep));
  scan_at_ = ports_.now() + scan_pause_;
  ports_.observer.stalled(why);
}

void WebhookWorker::enter(const WebhookScan& found) {
  for (const auto& room : found.behind) {
    const auto unsaved = unsaved_.find(room.room_id);
    const auto cursor = unsaved == unsaved_.end() ? room.cursor : unsaved->second;
    if (cursor < room.head) queue_.mark(room.room_id, room.head, room.since_ms, cursor);
  }
  const auto now = ports_.now();
  if (!found.complete) {
    scan_after_ = found.last_room;
    scan_at_ = now + kScanRest * found.took;
    return;
  }
  scan_after_ = 0;
  scan_at_ = missed_marks_ ? now + times_.pause : now + times_.sweep;
  missed_marks_ = false;
}

bool WebhookWorker::may_begin() const {
  const auto needed = endpoint_.timeout + times_.lease_beyond_request / 5;
  return held_ && !gone_ && !stopping_ && unsaved_.size() < 2 * kMostUnsaved &&
         lease_until_ - ports_.now() > needed;
}

void WebhookWorker::begin_some() {
  for (int turns = 0; turns < kTurnsPerStep && may_begin(); ++turns) {
    const auto now = ports_.now();
    const auto turn = now < blocked_until_ ? std::nullopt : queue_.next(now);
    if (!turn) return;
    begin(*turn);
  }
}

void WebhookWorker::begin(const WebhookQueue::Turn& turn) {
  const auto cursor = cursor_of(turn);
  if (!cursor) return could_not_read(turn, cursor.error());
  auto batch =
      read_webhook_batch(endpoint_, ports_.log, ports_.render, turn.room_id, *cursor, turn.until);
  if (!batch) return could_not_read(turn, batch.error());
  if (!batch->delivery) return reached(turn.room_id, *batch);
  post(turn.room_id, std::move(*batch));
}

Result<std::uint64_t> WebhookWorker::cursor_of(const WebhookQueue::Turn& turn) {
  if (turn.cursor) return *turn.cursor;
  if (const auto unsaved = unsaved_.find(turn.room_id); unsaved != unsaved_.end()) {
    return unsaved->second;
  }
  return ports_.store.cursor(endpoint_, turn.room_id);
}

void WebhookWorker::post(std::uint64_t room_id, WebhookBatch batch) {
  WebhookDelivery delivery = std::move(*batch.delivery);
  batch.delivery = WebhookDelivery{};
  batch.delivery->events = delivery.events;
  running_[room_id] = std::move(batch);
  ports_.sender.send(std::move(delivery),
                     [inbox = inbox_, round = round_, room_id](WebhookAnswer answer) {
                       inbox->answered({round, room_id, std::move(answer)});
                     });
}

/// It may be something about this room: the others have their turn before it comes again.
void WebhookWorker::could_not_read(const WebhookQueue::Turn& turn, const Error& why) {
  if (why.code == ErrorCode::room_not_found) return queue_.drop(turn.room_id);
  queue_.unreadable(turn.room_id, ports_.now());
  if (error_traits(why.code).retryable) return stall(why);
  ports_.observer.stalled(why);
}

void WebhookWorker::stall(const Error& why) {
  blocked_until_ = ports_.now() + times_.pause;
  ports_.observer.stalled(why);
}

void WebhookWorker::report() {
  const auto now = ports_.now();
  if (now < report_at_) return;
  report_at_ = now + std::chrono::seconds(1);
  const auto behind = queue_.behind();
  const auto time = std::chrono::duration_cast<std::chrono::seconds>(
      ports_.clock.now().time_since_epoch() - std::chrono::milliseconds(behind.since_ms));
  ports_.observer.behind(behind.entries, behind.since_ms == 0
                                             ? std::chrono::seconds(0)
                                             : std::max(time, std::chrono::seconds(0)));
}

WebhookQueue::Time WebhookWorker::next_due() const {
  if (!held_) return renew_at_;
  auto due = gone_ ? save_at_ : std::min(save_at_, scan_at_);
  if (may_begin()) due = std::min(due, queue_.due());
  due = std::min(std::max(due, blocked_until_), renew_at_);
  return queue_.empty() ? due : std::min(due, std::max(report_at_, blocked_until_));
}

}  // namespace confab::message_store
