#pragma once

// Test support: the deadlines of servers with their time in the test's hands.

#include <atomic>
#include <chrono>

#include "gateway/net/http_server.hpp"
#include "gateway/net/test_client.hpp"

namespace confab::gateway::testing {

/// What manual_now() tells: so far ahead of the real time that no wheel's own timer fires.
inline std::atomic<DeadlineWheel::TimePoint> manual_time{DeadlineWheel::Clock::now() +
                                                         std::chrono::hours(1000)};

/// For HttpServerOptions::now. From any thread.
inline DeadlineWheel::TimePoint manual_now() { return manual_time; }

/// Lets so much time go by for the server's deadlines; those that have passed have fired when it
/// returns. All servers share the time, but the deadlines of others stand still.
inline void pass(Loop& loop, HttpServer& server, std::chrono::milliseconds time) {
  constexpr std::chrono::milliseconds kLatest{100};  // A deadline may fire so late.
  loop.run([&] {
    manual_time = manual_now() + time + kLatest;
    server.deadlines().fire_due(manual_now());
  });
}

}  // namespace confab::gateway::testing
