#include "gateway/domain/read_marks.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using Calls = std::vector<std::string>;

struct ReadMarksTest : ::testing::Test {
  TestLoop loop;
  FakeRoomStore store;
  ReadMarks marks{store, loop};
  const User ann = user(1, "ann");
  const User bob = user(2, "bob");

  auto read(const User& who, std::uint64_t seq, std::uint64_t room = 7) {
    return loop.start(marks.read(who, room, seq));
  }
  using Answer = std::shared_ptr<std::optional<Result<std::uint64_t>>>;
  static std::string text(const Answer& answer) {
    if (!*answer) return "waits";
    return **answer ? std::to_string(***answer)
                    : std::string(error_traits((**answer).error().code).name);
  }
};

TEST_F(ReadMarksTest, WritesTheFirstAtOnceAndTheRestOfTheSecondTogether) {
  const auto first = read(ann, 1);
  loop.run();
  EXPECT_EQ(text(first), "1");
  const auto second = read(ann, 3);
  const auto third = read(ann, 2);
  loop.pass(999ms);
  EXPECT_EQ(text(second), "waits");
  loop.pass(1ms);
  EXPECT_EQ(text(second), "3");
  EXPECT_EQ(text(third), "3") << "the position only moves forward";
  EXPECT_EQ(store.calls, (Calls{"mark ann:7:1", "mark ann:7:3"}));
  loop.pass(5s);
  const auto later = read(ann, 4);
  loop.run();
  EXPECT_EQ(text(later), "4") << "after a pause at once again";
}

TEST_F(ReadMarksTest, GathersWhatComesInOneTurn) {
  const auto one = read(ann, 1);
  const auto two = read(bob, 5);
  const auto other = read(ann, 9, 8);
  loop.run();
  EXPECT_EQ(text(one) + text(two) + text(other), "159");
  EXPECT_EQ(store.calls, Calls{"mark ann:7:1 bob:7:5 ann:8:9"});
}

TEST_F(ReadMarksTest, AnswersWhatIsKnownToBeStoredWithoutAWrite) {
  (void)read(ann, 5);
  loop.run();
  const auto again = read(ann, 4);
  loop.run();
  EXPECT_EQ(text(again), "5");
  EXPECT_EQ(store.calls.size(), 1U);
}

TEST_F(ReadMarksTest, TellsEachItsOwnOutcome) {
  store.strangers = {2};
  const auto inside = read(ann, 5000);
  const auto outside = read(bob, 5);
  loop.run();
  EXPECT_EQ(text(inside), "1000") << "the room's end";
  EXPECT_EQ(text(outside), "not_a_member");
  store.strangers = {};
  const auto later = read(bob, 5);
  loop.pass(1s);
  EXPECT_EQ(text(later), "5");
}

TEST_F(ReadMarksTest, TellsAFailureAndTriesTheNextAnew) {
  store.error = Error{ErrorCode::unavailable, "away"};
  const auto lost = read(ann, 5);
  loop.run();
  EXPECT_EQ(text(lost), "unavailable");
  store.error.reset();
  const auto next = read(ann, 5);
  loop.pass(1s);
  EXPECT_EQ(text(next), "5");
}

TEST_F(ReadMarksTest, KeepsNoMoreThanItsMostAndForgetsThemAfterASecond) {
  for (std::uint64_t room = 1; room <= ReadMarks::kMaxKept; ++room) (void)read(ann, 1, room);
  loop.run();
  EXPECT_EQ(store.calls.size(), ReadMarks::kMaxKept / ReadMarks::kMaxBatch);
  const auto refused = read(bob, 1);
  loop.run();
  EXPECT_EQ(text(refused), "overloaded");
  loop.pass(1s);
  const auto taken = read(bob, 1);
  loop.run();
  EXPECT_EQ(text(taken), "1");
}

}  // namespace
}  // namespace confab::gateway
