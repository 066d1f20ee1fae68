#include "gateway/domain/session_book.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using namespace std::chrono_literals;

class FakeSession final : public Session {
 public:
  FakeSession(std::int64_t user_id, std::string session_id,
              std::chrono::system_clock::time_point expires_at) {
    who.user = user(user_id, "user" + std::to_string(user_id));
    who.session_id = std::move(session_id);
    who.expires_at = expires_at;
  }

  [[nodiscard]] std::int64_t user_id() const override { return who.user.id; }
  [[nodiscard]] bool gone() const override { return false; }
  void deliver(const EventBatch&) override {}
  bool offer(const EventBatch&) override { return true; }
  [[nodiscard]] const Identity& identity() const override { return who; }
  [[nodiscard]] std::size_t outbox_bytes() const override { return 0; }
  void notice(const UserNotice& notice) override {
    notices.push_back(notice.room.gid);
    if (on_notice) on_notice();
  }
  void look_again() override { ++looks; }
  void warn_of_expiry() override { ++warnings; }
  void end(EndReason reason) override { ends.push_back(reason); }

  Identity who;
  std::vector<std::string> notices;
  std::function<void()> on_notice;
  int looks = 0;
  int warnings = 0;
  std::vector<EndReason> ends;
};

struct SessionBookTest : ::testing::Test {
  TestLoop loop;
  SessionBook book{loop};
  ManualClock clock;

  std::shared_ptr<FakeSession> admit(std::int64_t user_id, const std::string& session_id = "s") {
    auto session = std::make_shared<FakeSession>(user_id, session_id, clock.time + 10min);
    book.admit(session);
    return session;
  }
};

TEST_F(SessionBookTest, CountsSessionsFromTheirAdmissionToTheirRemoval) {
  const auto phone = admit(1);
  const auto laptop = admit(1);
  const auto other = admit(2);
  EXPECT_EQ(book.size(), 3U);
  book.remove(*phone);
  book.remove(*phone);
  EXPECT_EQ(book.size(), 2U);
  book.remove(*laptop);
  book.remove(*laptop);
  book.remove(*other);
  EXPECT_EQ(book.size(), 0U);
}

TEST_F(SessionBookTest, GivesNoticesToAllSessionsOfTheUserAndNobodyElse) {
  const auto phone = admit(1);
  const auto laptop = admit(1);
  const auto other = admit(2);
  phone->on_notice = [&] { book.remove(*laptop); };  // A session may end while it is told.
  book.on_notice({1, {7, "gid"}, true, 1, 1, "{}"});
  book.on_notice({3, {7, "gid"}, true, 1, 1, "{}"});
  EXPECT_EQ(phone->notices, std::vector<std::string>{"gid"});
  EXPECT_EQ(laptop->notices.size(), 1U);
  EXPECT_TRUE(other->notices.empty());
}

TEST_F(SessionBookTest, LetsEverybodyLookAgainWhenNoticesMayBeLost) {
  const auto phone = admit(1);
  const auto other = admit(2);
  book.look_again();
  EXPECT_EQ(phone->looks, 1);
  EXPECT_EQ(other->looks, 1);
}

TEST_F(SessionBookTest, GathersReasonsToLookAgain) {
  const auto phone = admit(1);
  for (int i = 0; i < 10; ++i) book.look_again_soon();
  loop.pass(SessionBook::kGathering);
  EXPECT_EQ(phone->looks, 1);
  book.look_again_soon();
  loop.pass(SessionBook::kGathering);
  EXPECT_EQ(phone->looks, 2);
}

TEST_F(SessionBookTest, EndsEveryConnectionOfARevokedAuthSession) {
  const auto one = admit(1, "a");
  const auto same = admit(1, "a");
  const auto other = admit(1, "b");
  book.revoke("a");
  EXPECT_EQ(one->ends, std::vector{EndReason::session_revoked});
  EXPECT_EQ(same->ends.size(), 1U);
  EXPECT_TRUE(other->ends.empty());
}

TEST_F(SessionBookTest, WarnsOnceBeforeTheExpiryAndEndsAfterTheGrace) {
  const auto session = admit(1);
  const auto expiry = session->who.expires_at;
  book.sweep(expiry - SessionBook::kWarning - 1s);
  EXPECT_EQ(session->warnings, 0);
  book.sweep(expiry - SessionBook::kWarning);
  book.sweep(expiry - 1s);
  book.sweep(expiry + SessionBook::kGrace);
  EXPECT_EQ(session->warnings, 1);
  EXPECT_TRUE(session->ends.empty());
  book.sweep(expiry + SessionBook::kGrace + 1s);
  EXPECT_EQ(session->ends, std::vector{EndReason::token_expired});
}

TEST_F(SessionBookTest, PostponesTheEndWhenANewTokenIsBrought) {
  const auto session = admit(1);
  const auto expiry = session->who.expires_at;
  book.sweep(expiry - 1s);
  session->who.expires_at = expiry + 10min;
  book.sweep(expiry + SessionBook::kGrace + 1s);
  EXPECT_EQ(session->warnings, 1);
  EXPECT_TRUE(session->ends.empty());
  book.sweep(expiry + 10min);
  EXPECT_EQ(session->warnings, 2);  // Of the new expiry as well.
}

TEST_F(SessionBookTest, EndsAllWhenAsked) {
  const auto one = admit(1);
  const auto other = admit(2);
  book.end_all(EndReason::draining);
  EXPECT_EQ(one->ends, std::vector{EndReason::draining});
  EXPECT_EQ(other->ends, std::vector{EndReason::draining});
}

}  // namespace
}  // namespace confab::gateway
