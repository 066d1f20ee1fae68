#include "gateway/domain/online_marks.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_presence.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using std::chrono_literals::operator""ms;

constexpr auto kRefresh = 20'000ms;

struct OnlineMarksTest : ::testing::Test {
  TestLoop loop;
  FakeBoard board{loop};
  SessionBook sessions{loop};
  ManualClock clock;
  OnlineMarks marks{board, sessions, loop, clock, kRefresh};
  std::map<std::int64_t, std::shared_ptr<LookingSession>> here;

  void SetUp() override {
    loop.spawn([this] { return marks.keep(); });
  }
  void come(std::int64_t user_id) {
    here[user_id] = std::make_shared<LookingSession>(user_id);
    sessions.admit(here[user_id]);
    marks.came(user_id);
  }
  void leave(std::int64_t user_id) { sessions.remove(*here[user_id]); }
  std::size_t writes() const {
    std::size_t count = 0;
    for (const auto& users : board.marked) count += users.size();
    return count;
  }
};

TEST_F(OnlineMarksTest, AreSetSoonAndRenewedOnceInATime) {
  come(1);
  loop.pass(kRefresh / OnlineMarks::kSlots);
  EXPECT_EQ(board.marked, (std::vector<std::vector<std::int64_t>>{{1}}));
  EXPECT_EQ(board.marks[1], 400'000LL * 3600 * 1000);
  loop.pass(kRefresh * 10);
  EXPECT_GE(writes(), 10U);
  EXPECT_LE(writes(), 12U);
}

TEST_F(OnlineMarksTest, EndWithTheLastSessionAndAreNotDoubledByAReturn) {
  come(1);
  loop.pass(kRefresh);
  for (int i = 0; i < 5; ++i) {
    leave(1);
    come(1);
  }
  loop.pass(kRefresh * 4);
  EXPECT_LE(writes(), 6U);
  leave(1);
  loop.pass(kRefresh);
  const auto before = writes();
  loop.pass(kRefresh * 4);
  EXPECT_EQ(writes(), before);
  EXPECT_EQ(marks.size(), 0U);
}

TEST_F(OnlineMarksTest, OfACrowdAreSpreadAndForgotten) {
  constexpr std::int64_t kCrowd = 12'000;
  for (std::int64_t id = 1; id <= kCrowd; ++id) come(id);
  loop.pass(kRefresh / 2);
  EXPECT_EQ(board.marks.size(), static_cast<std::size_t>(kCrowd));
  for (const auto& users : board.marked) EXPECT_LE(users.size(), OnlineMarks::kMaxNew);
  EXPECT_EQ(writes(), static_cast<std::size_t>(kCrowd)) << "each once";
  for (std::int64_t id = 1; id <= kCrowd; ++id) leave(id);
  loop.pass(kRefresh);
  EXPECT_EQ(marks.size(), 0U);
}

}  // namespace
}  // namespace confab::gateway
