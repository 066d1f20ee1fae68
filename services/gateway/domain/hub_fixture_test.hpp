#pragma once

// Test support: a hub on fakes.

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/hub.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway::testing {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Seen = std::vector<std::string>;

constexpr std::uint64_t kRoom = 7;
constexpr auto kTick = 2000ms;  // Between two head checks.

/// The events `first` to `last` of kRoom, as a RecordingSubscriber keeps them.
inline Seen events(std::uint64_t first, std::uint64_t last) {
  Seen out;
  for (auto seq = first; seq <= last; ++seq) out.push_back(entry(kRoom, seq).json);
  return out;
}

inline Seen json_of(const Replay& replay) {
  Seen out;
  for (const auto& one : replay.events) out.push_back(one->json);
  return out;
}

inline EntryPtr shared(Entry one) { return std::make_shared<Entry>(std::move(one)); }

/// The loop outlives the hub, as in Node: what still waits at the end is destroyed after it.
struct HubTest : ::testing::Test {
  TestLoop loop;
  FakeStore store{loop};
  FakeFeed feed{loop};
  int gaps = 0;
  int forks = 0;
  int failed_reads = 0;
  int logs_replaced = 0;
  std::shared_ptr<RecordingSubscriber> ann = std::make_shared<RecordingSubscriber>(1);
  std::shared_ptr<RecordingSubscriber> bob = std::make_shared<RecordingSubscriber>(2);
  std::unique_ptr<Hub> the_hub = make_hub();
  Hub& hub = *the_hub;

  HubTest() { store.logs[kRoom]; }

  std::unique_ptr<Hub> make_hub() {
    HubCounters counters;
    counters.gap_found = [this] { ++gaps; };
    counters.fork_found = [this] { ++forks; };
    counters.read_failed = [this] { ++failed_reads; };
    counters.log_replaced = [this] { ++logs_replaced; };
    return std::make_unique<Hub>(store, feed, loop, counters);
  }

  void watch_heads() {
    loop.spawn([this] { return hub.watch([] { return 0.5; }); });
    loop.run();
  }

  Admission at_head(std::uint64_t room_id = kRoom) {
    return {{room_id, "gid" + std::to_string(room_id)}, store.logs[room_id].head()};
  }
  std::vector<Admission> only(Admission room) { return {std::move(room)}; }

  void join(const std::shared_ptr<RecordingSubscriber>& who) {
    ASSERT_TRUE(loop.finish(hub.join(who, only(at_head()))));
  }
  auto start_join(const std::shared_ptr<RecordingSubscriber>& who) {
    auto result = loop.start(hub.join(who, only(at_head())));
    loop.run();
    return result;
  }
  auto start_resume(const std::shared_ptr<RecordingSubscriber>& who, Position from) {
    auto result = loop.start(hub.resume(who, at_head(), std::move(from)));
    loop.run();
    return result;
  }
  Replay resume(const std::shared_ptr<RecordingSubscriber>& who, std::uint64_t seq) {
    return loop.finish(hub.resume(who, at_head(), Position{1, seq, ""})).value();
  }

  /// The feed brings an entry.
  void hear(Entry one) {
    const auto room_id = one.room_id;
    hub.on_entries(room_id, {shared(std::move(one))});
    loop.run();
  }
  void hear(std::uint64_t seq) { hear(store.logs[kRoom].entries.at(seq - 1)); }
  /// Stored and heard.
  void say() { hear(store.grow(kRoom)); }
  /// Stored and heard until the log has `seq` entries.
  void say_to(std::uint64_t seq) {
    while (store.logs[kRoom].head().seq < seq) say();
  }
};

}  // namespace confab::gateway::testing
