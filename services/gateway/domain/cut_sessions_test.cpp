#include "gateway/domain/cut_sessions.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/listening_session_test.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using std::chrono_literals::operator""s;

/// Told of the entries after `seq` by these marks.
ToldPlace place(std::uint64_t room_id, std::uint64_t seq, std::vector<std::uint64_t> told) {
  ToldPlace made;
  made.room.room_id = room_id;
  made.from.epoch = 1;
  made.from.seq = seq;
  made.told = std::move(told);
  return made;
}

struct CutSessionConfirm : ::testing::Test {
  CutSession session{1, {place(7, 10, {1, 4, 4, 4, 9}), place(8, 20, {2, 5}), place(9, 0, {})}};

  std::vector<std::uint64_t> seqs() const {
    std::vector<std::uint64_t> out;
    for (const auto& room : session.rooms) out.push_back(room.from.seq);
    return out;
  }
};

using Seqs = std::vector<std::uint64_t>;

TEST_F(CutSessionConfirm, HasAllThatWasToldBefore) {
  session.confirm(8, 1, 22);
  EXPECT_EQ(seqs(), (Seqs{14, 22, 0}));
  EXPECT_EQ(session.rooms[0].told, Seqs{9});
}

TEST_F(CutSessionConfirm, TakesNoMoreOfWhatWasToldAtOnceThanTheClientNames) {
  session.confirm(7, 1, 12);
  EXPECT_EQ(seqs(), (Seqs{12, 21, 0}));
  EXPECT_EQ(session.rooms[0].told, (Seqs{4, 4, 9}));
  session.confirm(7, 1, 15);
  EXPECT_EQ(seqs(), (Seqs{15, 22, 0}));
}

TEST_F(CutSessionConfirm, IgnoresWhatTheClientCannotHaveBeenTold) {
  for (const auto& [room, epoch, seq] :
       std::vector<std::array<std::uint64_t, 3>>{{7, 1, 16},
                                                 {7, 1, UINT64_MAX},
                                                 {7, 2, 12},
                                                 {6, 1, 12},
                                                 {7, 1, 10},
                                                 {7, 1, 0},
                                                 {9, 1, 1}}) {
    session.confirm(room, epoch, seq);
    EXPECT_EQ(seqs(), (Seqs{10, 20, 0}));
  }
}

struct CutSessionsTest : ::testing::Test {
  testing::TestLoop loop;
  SessionBook live{loop};
  CutSessions sessions{live, loop, 120s};

  static CutSession of(std::int64_t user_id, std::size_t rooms = 1) {
    CutSession made;
    made.user_id = user_id;
    made.rooms.resize(rooms);
    return made;
  }
};

TEST_F(CutSessionsTest, GiveASessionOnceAndToItsUserOnly) {
  sessions.keep("a", of(1));
  EXPECT_FALSE(sessions.take("a", 2));
  EXPECT_FALSE(sessions.take("b", 1));
  EXPECT_TRUE(sessions.take("a", 1));
  EXPECT_FALSE(sessions.take("a", 1));
}

TEST_F(CutSessionsTest, GiveWhatWasKeptLast) {
  sessions.keep("a", of(1, 1));
  sessions.keep("a", of(1, 3));
  EXPECT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions.take("a", 1)->rooms.size(), 3U);
}

TEST_F(CutSessionsTest, ForgetAfterTheWindow) {
  sessions.keep("a", of(1));
  loop.pass(60s);
  sessions.keep("b", of(1));
  loop.pass(60s);
  EXPECT_FALSE(sessions.take("a", 1));
  sessions.sweep();
  EXPECT_EQ(sessions.size(), 1U);
  EXPECT_TRUE(sessions.take("b", 1));
}

TEST_F(CutSessionsTest, DropTheOldestWhenThereAreTooMany) {
  for (std::size_t i = 0; i <= CutSessions::kMaxSessions; ++i) {
    sessions.keep(std::to_string(i), of(1, 0));
  }
  EXPECT_EQ(sessions.size(), CutSessions::kMaxSessions);
  EXPECT_FALSE(sessions.take("0", 1));
  EXPECT_TRUE(sessions.take("1", 1));
}

TEST_F(CutSessionsTest, DropTheOldestWhenTheyHaveTooManyRooms) {
  const auto each = CutSessions::kMaxRoomsOfOne;
  const auto fit = CutSessions::kMaxRooms / each;
  for (std::size_t i = 0; i <= fit; ++i) sessions.keep(std::to_string(i), of(1, each));
  EXPECT_EQ(sessions.size(), fit);
  EXPECT_FALSE(sessions.take("0", 1));
  sessions.keep("huge", of(1, each + 1));
  EXPECT_FALSE(sessions.take("huge", 1));
}

TEST_F(CutSessionsTest, KeepNothingWithoutAWindow) {
  CutSessions off(live, loop, 0s);
  EXPECT_FALSE(off.enabled());
  off.keep("a", of(1));
  EXPECT_FALSE(off.take("a", 1));
}

/// Gives its record up once.
class LiveSession final : public Session {
 public:
  explicit LiveSession(std::int64_t user_id) { who.user.id = user_id; }
  [[nodiscard]] std::int64_t user_id() const override { return who.user.id; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const EventBatch&) override {}
  bool offer(const EventBatch&) override { return true; }
  [[nodiscard]] const Identity& identity() const override { return who; }
  [[nodiscard]] std::size_t outbox_bytes() const override { return 0; }
  void notice(const UserNotice&) override {}
  void look_again() override {}
  void warn_of_expiry() override {}
  void end(EndReason) override {}
  [[nodiscard]] std::string recovery_id() const override { return "live"; }
  [[nodiscard]] std::optional<CutSession> give_up() override {
    if (std::exchange(given_up, true)) return std::nullopt;
    CutSession had;
    had.user_id = who.user.id;
    return had;
  }

  Identity who;
  bool given_up = false;
};

TEST_F(CutSessionsTest, CutOffASessionThatSeemsAliveForItsUser) {
  const auto session = std::make_shared<LiveSession>(1);
  live.admit(session);
  live.admit(std::make_shared<testing::ListeningSession>(1));
  EXPECT_FALSE(sessions.take("live", 2));
  EXPECT_FALSE(sessions.take("other", 1));
  EXPECT_FALSE(sessions.take("", 1));
  EXPECT_FALSE(session->given_up);
  EXPECT_TRUE(sessions.take("live", 1));
  EXPECT_TRUE(session->given_up);
  EXPECT_FALSE(sessions.take("live", 1));
}

}  // namespace
}  // namespace confab::gateway
