#include "gateway/domain/intake.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/lag_guard.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace std::chrono_literals;

struct IntakeTest : ::testing::Test {
  testing::TestLoop loop;
  SystemRandom random;
  std::vector<std::string> refused;
  Intake intake{loop, random, options()};

  Intake::Options options() {
    Intake::Options made;
    made.most = 2;
    made.refused = [this](std::string_view reason) { refused.emplace_back(reason); };
    return made;
  }
  auto enter() {
    auto turn = loop.start(intake.enter());
    loop.run();
    return turn;
  }
};

TEST_F(IntakeTest, LetsSoManyInAtOnceAndTheNextInTheOrderTheyCame) {
  const auto first = enter();
  const auto second = enter();
  EXPECT_TRUE((*first)->has_value() && (*second)->has_value());
  const auto third = enter();
  const auto fourth = enter();
  EXPECT_FALSE(*third || *fourth);
  EXPECT_EQ(intake.waiting(), 2U);
  first->reset();
  loop.run();
  EXPECT_TRUE(*third && (*third)->has_value());
  EXPECT_FALSE(*fourth);
  EXPECT_EQ(intake.under_way(), 2U);
  third->reset();
  second->reset();
  loop.run();
  EXPECT_TRUE((*fourth)->has_value());
  EXPECT_EQ(intake.under_way(), 1U);
  fourth->reset();
  EXPECT_EQ(intake.under_way(), 0U);
  EXPECT_TRUE(refused.empty());
}

TEST_F(IntakeTest, TellsThoseWhoseTurnDoesNotComeWhenToComeBack) {
  const auto first = enter();
  const auto second = enter();
  const auto third = enter();
  loop.pass(Intake::kPatience + 200ms);
  ASSERT_TRUE(*third);
  ASSERT_FALSE((*third)->has_value());
  EXPECT_EQ((*third)->error().code, ErrorCode::overloaded);
  EXPECT_GE((*third)->error().retry_after, 1000ms);
  EXPECT_LT((*third)->error().retry_after, 5000ms);
  EXPECT_EQ(intake.waiting(), 0U);
  first->reset();
  EXPECT_EQ(intake.under_way(), 1U);
  EXPECT_EQ(refused, std::vector<std::string>{"joins"});
}

TEST_F(IntakeTest, HasALineWithAnEndBeyondWhichNobodyMayKnock) {
  std::vector<decltype(enter())> turns;
  for (std::size_t i = 0; i < 2 + 2 * Intake::kLine; ++i) {
    EXPECT_TRUE(intake.knock());
    turns.push_back(enter());
  }
  EXPECT_EQ(intake.knock().error().code, ErrorCode::overloaded);
  const auto beyond = enter();
  ASSERT_TRUE(*beyond);
  EXPECT_FALSE((*beyond)->has_value());
  EXPECT_EQ(refused.size(), 2U);
  turns.front()->reset();
  loop.run();
  EXPECT_TRUE(intake.knock());
}

TEST_F(IntakeTest, LetsNobodyKnockWhileMemoryIsShort) {
  intake.set_memory_short(true);
  const auto refusal = intake.knock();
  ASSERT_FALSE(refusal);
  EXPECT_GE(refusal.error().retry_after, 5000ms);
  EXPECT_TRUE((*enter())->has_value());  // Whoever is connected goes on.
  intake.set_memory_short(false);
  EXPECT_TRUE(intake.knock());
  EXPECT_EQ(refused, std::vector<std::string>{"memory"});
}

TEST_F(IntakeTest, LetsNobodyKnockWhileItsLoopIsLateAgainAndAgain) {
  LagGuard guard(intake);
  guard.look(30s);  // The machine stood still, once.
  guard.look(0s);
  EXPECT_TRUE(intake.knock());
  for (int i = 0; i < LagGuard::kLooks; ++i) {
    EXPECT_TRUE(intake.knock());
    guard.look(LagGuard::kLate);
  }
  const auto refusal = intake.knock();
  ASSERT_FALSE(refusal);
  EXPECT_EQ(refusal.error().code, ErrorCode::overloaded);
  EXPECT_GE(refusal.error().retry_after, 2000ms);
  guard.look(0s);
  guard.look(LagGuard::kLate);
  for (int i = 0; i < LagGuard::kLooks; ++i) {
    EXPECT_FALSE(intake.knock());
    guard.look(LagGuard::kLate - 1ms);
  }
  EXPECT_TRUE(intake.knock());
  EXPECT_EQ(refused, std::vector<std::string>(1 + LagGuard::kLooks, "lag"));
}

TEST_F(IntakeTest, MayEndBeforeTheTurnsItGave) {
  auto short_lived = std::make_unique<Intake>(loop, random);
  auto turn = loop.finish(short_lived->enter());
  short_lived.reset();
  turn = Result<Place>(Place());
}

}  // namespace
}  // namespace confab::gateway
