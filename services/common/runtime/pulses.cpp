#include "common/runtime/pulses.hpp"

#include <utility>

namespace confab::runtime {

std::string Pulses::Pulse::reason() const {
  return part_.trouble + ", for " + std::to_string(silent_.count() / 1000) + " s";
}

Pulses::Pulse& Pulses::expect(Part part) {
  const std::lock_guard lock(mutex_);
  return pulses_.emplace_back(std::move(part));
}

void Pulses::tick(const std::function<void(const Part& part, bool is_late)>& late) {
  const std::lock_guard lock(mutex_);
  for (auto& pulse : pulses_) {
    const auto beats = pulse.beats_.load(std::memory_order_relaxed);
    if (beats == 0) continue;
    const bool has_beaten = std::exchange(pulse.seen_, beats) != beats;
    const auto before = pulse.silent_;
    pulse.silent_ = has_beaten ? std::chrono::milliseconds(0) : before + kTick;
    if ((before >= kLate) != (pulse.silent_ >= kLate)) late(pulse.part_, !has_beaten);
    pulse.part_.silent_for(pulse.silent_);
  }
}

std::string Pulses::why_not_ready() const {
  const std::lock_guard lock(mutex_);
  for (const auto& pulse : pulses_) {
    if (pulse.silent_ >= kLate) return pulse.reason();
  }
  return "";
}

std::string Pulses::why_not_alive() const {
  const std::lock_guard lock(mutex_);
  for (const auto& pulse : pulses_) {
    if (pulse.part_.vital == Vital::yes && pulse.silent_ >= kStuck) return pulse.reason();
  }
  return "";
}

}  // namespace confab::runtime

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <vector>

namespace confab::runtime {
namespace {

using namespace std::chrono_literals;

struct PulsesTest : ::testing::Test {
  Pulses pulses;
  std::chrono::milliseconds silent{-1};
  std::vector<std::string> told;
  Pulses::Pulse& loop = pulses.expect({"loop-0", "event loop 0 does not turn", Pulses::Vital::yes,
                                       [this](auto time) { silent = time; }});

  void pass(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= Pulses::kTick) {
      pulses.tick([this](const Pulses::Part& part, bool is_late) {
        told.push_back(part.name + (is_late ? " late" : " back"));
      });
    }
  }
};

TEST_F(PulsesTest, WhoeverBeatsIsReadyAndAlive) {
  for (int i = 0; i < 100; ++i) {
    loop.beat();
    pass(1s);
  }
  EXPECT_EQ(pulses.why_not_ready(), "");
  EXPECT_EQ(pulses.why_not_alive(), "");
  EXPECT_EQ(silent, 1s - Pulses::kTick);
  EXPECT_TRUE(told.empty());
}

TEST_F(PulsesTest, WithoutABeatReadinessEndsFirstAndThenLife) {
  loop.beat();
  pass(Pulses::kTick);
  pass(Pulses::kLate - Pulses::kTick);
  EXPECT_EQ(pulses.why_not_ready(), "");
  pass(Pulses::kTick);
  EXPECT_EQ(pulses.why_not_ready(), "event loop 0 does not turn, for 3 s");
  EXPECT_EQ(pulses.why_not_alive(), "");
  pass(Pulses::kStuck - Pulses::kLate);
  EXPECT_EQ(pulses.why_not_alive(), "event loop 0 does not turn, for 10 s");
  EXPECT_EQ(silent, Pulses::kStuck);
  loop.beat();
  pass(Pulses::kTick);
  EXPECT_EQ(pulses.why_not_ready(), "");
  EXPECT_EQ(pulses.why_not_alive(), "");
  EXPECT_EQ(silent, 0ms);
  EXPECT_EQ(told, (std::vector<std::string>{"loop-0 late", "loop-0 back"}));
}

TEST_F(PulsesTest, WhatIsNotVitalEndsReadinessOnly) {
  auto& door = pulses.expect({"accept-0", "connections cannot be accepted", Pulses::Vital::no});
  door.beat();
  pulses.tick();
  for (int i = 0; i < 60; ++i) {
    loop.beat();
    pass(1s);
  }
  EXPECT_EQ(pulses.why_not_ready(), "connections cannot be accepted, for 60 s");
  EXPECT_EQ(pulses.why_not_alive(), "");
  door.beat();
  pass(Pulses::kTick);
  EXPECT_EQ(pulses.why_not_ready(), "");
}

TEST_F(PulsesTest, WhatHasNotBegunIsNotMissed) {
  pass(60s);
  EXPECT_EQ(pulses.why_not_ready(), "");
  EXPECT_EQ(silent, -1ms);
}

}  // namespace
}  // namespace confab::runtime
#endif
