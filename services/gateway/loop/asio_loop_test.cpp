#include "gateway/loop/asio_loop.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

namespace confab::gateway {
namespace {

using namespace std::chrono_literals;

struct AsioLoopTest : testing::Test {
  boost::asio::io_context io;
  std::string failure;
  AsioLoop loop{io, [this](std::string_view what) { failure = what; }};
  std::vector<int> steps;
};

TEST_F(AsioLoopTest, BeginsTasksInALaterTurnAndInTheirOrder) {
  loop.spawn([this]() -> Task<> {
    loop.spawn([this]() -> Task<> {
      steps.push_back(3);
      co_return;
    });
    loop.spawn([this]() -> Task<> {
      steps.push_back(4);
      co_return;
    });
    steps.push_back(2);
    co_return;
  });
  steps.push_back(1);
  io.run();
  EXPECT_EQ(steps, (std::vector{1, 2, 3, 4}));
}

TEST_F(AsioLoopTest, LetsAllWhoWaitThroughAGateInTheirOrderInALaterTurn) {
  const auto gate = loop.make_gate();
  for (int i = 1; i <= 3; ++i) {
    loop.spawn([this, gate, i]() -> Task<> {
      co_await gate->passed();
      steps.push_back(i);
    });
  }
  loop.spawn([this, gate]() -> Task<> {
    gate->open();
    gate->open();
    co_await gate->passed();  // Open for good.
    steps.push_back(0);
  });
  io.run();
  EXPECT_EQ(steps, (std::vector{0, 1, 2, 3}));
}

TEST_F(AsioLoopTest, TellsWhatATaskThrew) {
  loop.spawn([]() -> Task<> {
    throw std::runtime_error("broken");
    co_return;
  });
  io.run();
  EXPECT_EQ(failure, "broken");
}

TEST_F(AsioLoopTest, SleepsForItsTime) {
  const auto begin = std::chrono::steady_clock::now();
  loop.spawn([this]() -> Task<> { co_await loop.sleep(5ms); });
  io.run();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 5ms);
}

}  // namespace
}  // namespace confab::gateway
