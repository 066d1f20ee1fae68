#pragma once

#include <deque>
#include <map>
#include <optional>

#include "message_store/domain/fake_store.hpp"
#include "message_store/domain/webhook.hpp"

namespace confab::message_store {

/// What is durable of one endpoint, in memory, over the rooms of a FakeStore. One thread.
class FakeWebhookStore final : public WebhookStore {
 public:
  explicit FakeWebhookStore(FakeStore& rooms) : rooms_(rooms) {}

  std::vector<std::uint64_t> known_rooms;  ///< What a scan looks at, rising.
  std::optional<Error> failure;            ///< Of every call.
  std::size_t most_scanned = 1'000'000;    ///< Of more rooms at once a scan fails.
  std::uint64_t unreadable = 0;            ///< The cursor of this room is.
  std::optional<Uuid> holder;
  bool held_by_another = false;
  std::map<std::uint64_t, std::uint64_t> cursors;
  unsigned scans = 0;

  Result<bool> hold(const WebhookEndpoint&, const Uuid& token, std::chrono::milliseconds) override {
    if (failure) return *failure;
    if (held_by_another) return false;
    holder = token;
    return true;
  }
  Result<> release(const WebhookEndpoint&, const Uuid& token) override {
    if (failure) return *failure;
    if (holder == token) holder.reset();
    return {};
  }
  Result<WebhookScan> scan(const WebhookEndpoint&, std::uint64_t after_room,
                           std::size_t rooms) override {
    if (failure) return *failure;
    ++scans;
    if (rooms > most_scanned) return Error{ErrorCode::unavailable, "too slow"};
    WebhookScan found;
    std::size_t looked_at = 0;
    for (const auto room : known_rooms) {
      if (room <= after_room || looked_at == rooms) continue;
      ++looked_at;
      found.last_room = room;
      const auto head = rooms_.heads({&room, 1})->front().seq;
      if (head > cursors[room]) found.behind.push_back({room, cursors[room], head, 1000});
    }
    found.complete = looked_at < rooms;
    return found;
  }
  Result<std::uint64_t> cursor(const WebhookEndpoint&, std::uint64_t room_id) override {
    if (failure) return *failure;
    if (room_id == unreadable) return Error{ErrorCode::unavailable, "too slow"};
    return cursors[room_id];
  }
  Result<bool> advance(const WebhookEndpoint&, const Uuid& token,
                       std::span<const WebhookCursor> moved) override {
    if (failure) return *failure;
    if (held_by_another || holder != token) return false;
    for (const auto& cursor : moved) {
      cursors[cursor.room_id] = std::max(cursors[cursor.room_id], cursor.seq);
    }
    return true;
  }

 private:
  FakeStore& rooms_;
};

/// Keeps requests until the test answers them.
class ScriptedSender final : public WebhookSender {
 public:
  struct Sent {
    WebhookDelivery delivery;
    Done done;
  };

  void send(WebhookDelivery delivery, Done done) override {
    ids.push_back(delivery.id);
    waiting.push_back({std::move(delivery), std::move(done)});
  }

  /// Answers the oldest request.
  void answer(WebhookAnswer::Verdict verdict, std::chrono::milliseconds retry_after = {}) {
    auto sent = std::move(waiting.front());
    waiting.pop_front();
    WebhookAnswer answer;
    answer.verdict = verdict;
    answer.retry_after = retry_after;
    sent.done(answer);
  }

  std::vector<std::string> ids;  ///< Of all requests.
  std::deque<Sent> waiting;
};

class RecordingObserver final : public WebhookObserver {
 public:
  void held(bool now) override { told.emplace_back(now ? "held" : "left"); }
  void answered(const WebhookAnswer& answer, std::size_t count) override {
    if (answer.verdict == WebhookAnswer::Verdict::delivered) events += count;
  }
  void behind(std::uint64_t entries, std::chrono::seconds time) override {
    behind_entries = entries;
    behind_time = time;
  }
  void stalled(const Error&) override { ++stalls; }

  std::vector<std::string> told;
  std::size_t events = 0;
  std::uint64_t behind_entries = 0;
  std::chrono::seconds behind_time{0};
  unsigned stalls = 0;
};

}  // namespace confab::message_store
