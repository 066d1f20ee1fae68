#pragma once

#include <gtest/gtest.h>

#include "message_store/domain/fake_webhooks.hpp"
#include "message_store/domain/fakes.hpp"
#include "message_store/domain/webhook_worker.hpp"

namespace confab::message_store {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = WebhookAnswer::Verdict;
using Texts = std::vector<std::string>;

/// A worker on fakes, at a time that the test sets.
struct WebhookWorkerTest : testing::Test {
  FakeStore rooms;
  FakeWebhookStore store{rooms};
  ScriptedSender sender;
  RecordingObserver observer;
  ManualClock clock;
  ScriptedRandom random;
  WebhookQueue::Time now{std::chrono::hours(1)};
  WebhookTimes times;
  std::unique_ptr<WebhookWorker> worker;

  WebhookWorkerTest() { start({}); }

  void start(WebhookEndpoint endpoint) {
    endpoint.name = "crm";
    endpoint.in_flight = 2;
    worker = std::make_unique<WebhookWorker>(
        std::move(endpoint),
        WebhookWorker::Ports{store, rooms,
                             [](std::span<const Entry> entries) {
                               return Result<Texts>(Texts(entries.size(), "{}"));
                             },
                             sender, observer, clock, random, [this] { return now; }},
        times);
  }

  void make_room(std::uint64_t room) {
    ASSERT_TRUE(rooms.create({room,
                              "r" + std::to_string(room),
                              "room",
                              RoomKind::private_room,
                              {1, "", "ada", ""},
                              {}}));
    store.known_rooms.push_back(room);
  }
  /// Appends; `told`: the worker hears of it.
  void grow(std::uint64_t room, int messages, bool told = true) {
    for (int i = 0; i < messages; ++i) {
      const Draft one{1, std::to_string(++count_), Uuid::make(random), "{}"};
      ASSERT_TRUE(rooms.append(room, {&one, 1}));
    }
    if (told) mark(room);
  }
  void mark(std::uint64_t room) {
    const auto head = rooms.heads({&room, 1})->front().seq;
    const RoomMark marks[] = {{room, head, "r" + std::to_string(room)}};
    worker->mark(marks);
  }
  void step(milliseconds later = {}) {
    now += later;
    worker->step();
  }

 private:
  int count_ = 0;
};

}  // namespace confab::message_store
