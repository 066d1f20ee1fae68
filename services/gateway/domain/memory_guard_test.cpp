#include "gateway/domain/memory_guard.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/listening_session_test.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr std::size_t kMiB = 1 << 20;

struct MemoryGuardTest : ::testing::Test {
  TestLoop loop;
  SystemRandom random;
  SessionBook book{loop};
  Intake intake{loop, random};
  int cut = 0;
  MemoryGuard guard{book, intake, options(1)};

  MemoryGuard::Options options(std::size_t loops) {
    MemoryGuard::Options made;
    made.limit = 100 * kMiB;
    made.loops = loops;
    made.cut_off = [this] { ++cut; };
    return made;
  }
  std::shared_ptr<ListeningSession> slow(std::size_t outbox) {
    auto session = std::make_shared<ListeningSession>(1);
    session->outbox = outbox;
    book.admit(session);
    return session;
  }
};

TEST_F(MemoryGuardTest, LetsNobodyInFromEightyPercentUntilThereIsRoomAgain) {
  guard.look({79 * kMiB});
  EXPECT_TRUE(intake.knock());
  guard.look({80 * kMiB});
  EXPECT_FALSE(intake.knock());
  guard.look({76 * kMiB});
  EXPECT_FALSE(intake.knock());
  guard.look({74 * kMiB});
  EXPECT_TRUE(intake.knock());
}

TEST_F(MemoryGuardTest, CutsOffNobodyBelowNinetyPercent) {
  const auto session = slow(4 * kMiB);
  guard.look({89 * kMiB});
  EXPECT_TRUE(session->ends.empty());
}

TEST_F(MemoryGuardTest, CutsOffTheSlowestUntilEnoughIsFree) {
  const auto slower = slow(4 * kMiB);
  const auto slowest = slow(5 * kMiB);
  const auto slow_one = slow(3 * kMiB);
  const auto good = slow(0);
  guard.look({92 * kMiB});  // 7 MiB above where it is to get to.
  EXPECT_EQ(slowest->ends, std::vector<EndReason>{EndReason::slow});
  EXPECT_EQ(slower->ends, std::vector<EndReason>{EndReason::slow});
  EXPECT_TRUE(slow_one->ends.empty());
  EXPECT_EQ(cut, 2);
}

TEST_F(MemoryGuardTest, CountsWhoIsAboutToGoAndCutsThemOffOnce) {
  const auto slowest = slow(8 * kMiB);
  const auto slower = slow(7 * kMiB);
  guard.look({92 * kMiB});
  guard.look({92 * kMiB});
  EXPECT_EQ(slowest->ends.size(), 1U);
  EXPECT_TRUE(slower->ends.empty());
  EXPECT_EQ(cut, 1);
}

TEST_F(MemoryGuardTest, CutsOffNobodyWhoOwesNothing) {
  const auto good = slow(MemoryGuard::kLeastOutbox - 1);
  guard.look({99 * kMiB});
  EXPECT_TRUE(good->ends.empty());
}

TEST_F(MemoryGuardTest, EachLoopFreesItsPart) {
  MemoryGuard half(book, intake, options(2));
  const auto slower = slow(3 * kMiB);
  const auto slowest = slow(4 * kMiB);
  half.look({92 * kMiB});
  EXPECT_EQ(slowest->ends.size(), 1U);
  EXPECT_TRUE(slower->ends.empty());
}

TEST_F(MemoryGuardTest, LooksTheSoonerTheLessIsLeft) {
  EXPECT_EQ(guard.next_look(), MemoryGuard::kSeldomest);
  const auto after = [this](std::size_t mib) {
    guard.look({mib * kMiB});
    return guard.next_look();
  };
  EXPECT_EQ(after(10), 80ms);
  EXPECT_EQ(after(60), 30ms);
  EXPECT_EQ(after(85), MemoryGuard::kOftenest);
  EXPECT_EQ(after(95), MemoryGuard::kOftenest);
  EXPECT_EQ(after(10), 80ms);
}

/// Grows by 1 MiB a millisecond, as nothing real does for long, from nothing.
TEST_F(MemoryGuardTest, MeetsAnyGrowthBeforeTheLimit) {
  const auto session = slow(40 * kMiB);
  std::size_t used = 0;
  guard.look({used});
  while (session->ends.empty() && used < 200) {
    used += static_cast<std::size_t>(guard.next_look().count());
    guard.look({used * kMiB});
  }
  EXPECT_LE(used, 100U);
  EXPECT_GE(used, 90U);
}

TEST_F(MemoryGuardTest, UntilFreeMemoryIsGivenBackCutsOffForGrowthOnly) {
  const auto first = slow(8 * kMiB);
  const auto second = slow(7 * kMiB);
  guard.look({92 * kMiB, false});
  EXPECT_EQ(cut, 1);
  guard.look({92 * kMiB, false});
  guard.look({91 * kMiB, false});
  EXPECT_EQ(cut, 1);
  guard.look({93 * kMiB, false});
  EXPECT_EQ(second->ends.size(), 1U);
}

TEST_F(MemoryGuardTest, WithoutALimitNothingIsShed) {
  MemoryGuard unlimited(book, intake, {});
  const auto session = slow(8 * kMiB);
  unlimited.look({1000 * kMiB});
  EXPECT_TRUE(intake.knock());
  EXPECT_TRUE(session->ends.empty());
}

}  // namespace
}  // namespace confab::gateway
