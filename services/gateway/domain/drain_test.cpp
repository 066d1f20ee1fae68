#include "gateway/domain/drain.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/listening_session_test.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

struct DrainTest : ::testing::Test {
  TestLoop loop;
  SystemRandom random;
  SessionBook book{loop};
  Drain drain{book, loop, random};
  std::vector<std::shared_ptr<ListeningSession>> sessions;
  std::map<const Session*, std::chrono::milliseconds> left;  ///< When each was ended.

  std::chrono::milliseconds now() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(loop.now().time_since_epoch());
  }

  /// `leaves`: it does when it is told to, as clients do with nothing under way.
  std::shared_ptr<ListeningSession> admit(std::int64_t user_id, bool leaves = true) {
    auto session = std::make_shared<ListeningSession>(user_id);
    session->on_end = [this, leaves, at = session.get()] {
      left.emplace(at, now());
      if (leaves) book.remove(*at);
    };
    book.admit(session);
    sessions.push_back(session);
    return session;
  }
  void admit_many(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) admit(i / 2);  // Two devices of each user.
  }
};

TEST_F(DrainTest, MomentsAreOneInEachPartOfTheWindow) {
  const auto moments = spread_evenly(100, 10s, random);
  ASSERT_EQ(moments.size(), 100U);
  for (std::size_t i = 0; i < moments.size(); ++i) {
    EXPECT_GE(moments[i], i * 100ms);
    EXPECT_LE(moments[i], (i + 1) * 100ms);
  }
  EXPECT_TRUE(spread_evenly(0, 10s, random).empty());
  EXPECT_EQ(spread_evenly(3, 0ms, random), (std::vector<std::chrono::milliseconds>(3, 0ms)));
}

TEST_F(DrainTest, EachIsToldAtOnceWhenItsTimeIsAndEndedThen) {
  admit_many(1000);
  const auto done = loop.start(drain.run(10s));
  loop.pass(100ms);
  for (const auto& session : sessions) ASSERT_EQ(session->told.size(), 1U);
  loop.pass(11s);
  ASSERT_TRUE(*done);
  EXPECT_EQ(**done, 1000U);
  for (const auto& session : sessions) {
    const auto late = left.at(session.get()) - session->told.front();
    EXPECT_GE(late, -10ms);  // By so much later was the last of them told.
    EXPECT_LE(late, 10ms);
    EXPECT_EQ(session->ends, std::vector<EndReason>{EndReason::draining});
  }
}

TEST_F(DrainTest, NoPartOfTheWindowIsCrowded) {
  admit_many(1000);
  const auto done = loop.start(drain.run(10s));
  loop.pass(11s);
  std::map<std::int64_t, int> by_second;
  for (const auto& [session, when] : left) ++by_second[when / 1s];
  for (const auto& [second, count] : by_second) EXPECT_LE(count, 102) << second;
}

TEST_F(DrainTest, FewSessionsDoNotTakeTheWholeWindow) {
  admit_many(10);
  const auto done = loop.start(drain.run(60s));
  loop.pass(10 * Drain::kApart + 50ms);
  EXPECT_TRUE(*done);
}

TEST_F(DrainTest, NobodyHereIsNothingToWaitFor) { EXPECT_EQ(loop.finish(drain.run(60s)), 0U); }

TEST_F(DrainTest, WaitsForAnswersUnderWayAndNotForEver) {
  const auto busy = admit(1, false);
  const auto stuck = admit(2, false);
  const auto done = loop.start(drain.run(1s));
  loop.pass(2s);
  EXPECT_FALSE(*done);
  book.remove(*busy);
  loop.pass(1s);
  EXPECT_FALSE(*done);
  loop.pass(Drain::kAnswers);
  EXPECT_TRUE(*done);
}

TEST_F(DrainTest, WhoComesMeanwhileIsLedAwayAtTheEnd) {
  admit_many(100);  // Of one the moment may be the first.
  const auto done = loop.start(drain.run(1s));
  loop.run();
  const auto late = admit(200);
  loop.pass(2s);
  EXPECT_TRUE(*done);
  EXPECT_EQ(late->ends, std::vector<EndReason>{EndReason::draining});
}

TEST_F(DrainTest, KeepsNoSessionThatLeftByItself) {
  admit_many(100);
  std::weak_ptr<Session> first = sessions.front();
  const auto done = loop.start(drain.run(5s));
  loop.run();
  book.remove(*sessions.front());
  sessions.clear();
  EXPECT_TRUE(first.expired());
  loop.pass(10s);
  EXPECT_TRUE(*done);
}

}  // namespace
}  // namespace confab::gateway
