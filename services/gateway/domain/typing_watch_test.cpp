#include "gateway/domain/typing_watch.hpp"

#include <gtest/gtest.h>

#include "gateway/domain/fake_presence.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway {
namespace {

using namespace testing;
using std::chrono_literals::operator""ms;
using Seen = std::vector<std::string>;

constexpr std::uint64_t kRoom = 7;

struct TypingWatchTest : ::testing::Test {
  TestLoop loop;
  FakeTypingChannel channel;
  TypingWatch typing{channel, loop};
  std::shared_ptr<LookingSession> ann = std::make_shared<LookingSession>(1);
  std::shared_ptr<LookingSession> bob = std::make_shared<LookingSession>(2);

  void watch(const std::shared_ptr<LookingSession>& session) {
    typing.watch(session, {kRoom, "gid"});
    loop.run();
  }
  void hear(std::int64_t user_id, bool on = true) {
    TypingNotice notice;
    notice.room_id = kRoom;
    notice.user = user(user_id, "user" + std::to_string(user_id));
    notice.on = on;
    typing.on_notice(notice);
    loop.run();
  }
  void hear_entry(EntryKind kind, std::int64_t actor, std::int64_t subject) {
    auto one = entry(kRoom, 1);
    one.kind = kind;
    one.actor_id = actor;
    one.subject_id = subject;
    typing.on_entries(kRoom, {std::make_shared<Entry>(one)});
    loop.run();
  }
  static std::string who(const std::vector<std::int64_t>& named, std::size_t count) {
    std::vector<User> users;
    for (const auto id : named) users.push_back(user(id, "user" + std::to_string(id)));
    return typing_event("gid", users, count)->json();
  }
};

TEST_F(TypingWatchTest, IsToldToThoseWhoLookAndNotToOneself) {
  watch(ann);
  watch(bob);
  hear(2);
  EXPECT_EQ(ann->seen, Seen{who({2}, 1)});
  EXPECT_TRUE(bob->seen.empty());
  hear(1);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.back(), who({2}, 1)) << "without oneself";
  EXPECT_EQ(bob->seen, Seen{who({1}, 1)});
  typing.unwatch(*ann, kRoom);
  hear(3);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(bob->seen.back(), who({1, 3}, 2));
  EXPECT_EQ(ann->seen.size(), 2U);
}

TEST_F(TypingWatchTest, CostsNothingWhereNobodyLooks) {
  hear(2);
  EXPECT_TRUE(channel.followed.empty());
  watch(ann);
  watch(bob);
  EXPECT_EQ(channel.followed, (std::map<std::uint64_t, int>{{kRoom, 1}}));
  typing.unwatch(*ann, kRoom);
  EXPECT_EQ(channel.followed.size(), 1U);
  typing.unwatch(*bob, kRoom);
  EXPECT_TRUE(channel.followed.empty());
  typing.unwatch(*bob, kRoom);
}

TEST_F(TypingWatchTest, GathersChangesOfAMomentIntoOneEvent) {
  watch(ann);
  hear(2);
  for (std::int64_t id = 3; id < 10; ++id) hear(id);
  EXPECT_EQ(ann->seen.size(), 1U);
  loop.pass(TypingWatch::kSpacing);
  ASSERT_EQ(ann->seen.size(), 2U);
  EXPECT_EQ(ann->seen.back(), who({2, 3, 4, 5, 6}, 8)) << "the others are only counted";
  for (int i = 0; i < 3; ++i) hear(2);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.size(), 2U) << "going on is no change";
}

TEST_F(TypingWatchTest, EndsWhenItIsSaidOrAMessageComesOrTheUserLeaves) {
  watch(ann);
  for (const auto id : {2, 3, 4, 5}) hear(id);
  loop.pass(TypingWatch::kSpacing);
  hear(2, false);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.back(), who({3, 4, 5}, 3));
  hear_entry(EntryKind::message, 3, 0);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.back(), who({4, 5}, 2));
  hear_entry(EntryKind::member_left, 9, 4);
  hear_entry(EntryKind::reaction, 5, 0);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.back(), who({5}, 1));
  hear(5, false);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.back(), who({}, 0));
  const auto before = ann->seen.size();
  hear(5, false);
  loop.pass(60'000ms);
  EXPECT_EQ(ann->seen.size(), before);
}

TEST_F(TypingWatchTest, EndsWhenNothingMoreIsHeard) {
  watch(ann);
  hear(2);
  loop.pass(TypingWatch::kLife - 1000ms);
  hear(2);
  loop.pass(TypingWatch::kLife - 1000ms);
  EXPECT_EQ(ann->seen.size(), 1U);
  loop.pass(1000ms + TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen, (Seen{who({2}, 1), who({}, 0)}));
}

TEST_F(TypingWatchTest, IsToldToWhoBeginsToLook) {
  watch(ann);
  hear(2);
  watch(bob);
  auto eve = std::make_shared<LookingSession>(3);
  watch(eve);
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(eve->seen, Seen{who({2}, 1)});
  EXPECT_TRUE(bob->seen.empty()) << "nobody but oneself types";
}

TEST_F(TypingWatchTest, ReachesASlowClientOnceItReads) {
  watch(ann);
  watch(bob);
  ann->is_slow = true;
  hear(3);
  loop.pass(TypingWatch::kSpacing * 3);
  EXPECT_EQ(bob->seen.size(), 1U) << "who was told is not told again";
  hear(3, false);
  loop.pass(TypingWatch::kSpacing * 3);
  ann->is_slow = false;
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen, Seen{who({}, 0)});
  const auto offers = ann->offers;
  loop.pass(60'000ms);
  EXPECT_EQ(ann->offers, offers);
}

TEST_F(TypingWatchTest, IsToldSeldomWhereManyLook) {
  std::vector<std::shared_ptr<LookingSession>> crowd;
  for (std::int64_t id = 100; id <= 1200; ++id) {
    watch(crowd.emplace_back(std::make_shared<LookingSession>(id)));
  }
  for (int i = 0; i < 40; ++i) {
    hear(2 + i % 5, i % 2 == 0);
    loop.pass(TypingWatch::kSpacing);
  }
  EXPECT_LE(crowd.front()->seen.size(), 40U / 16 + 1);
}

TEST_F(TypingWatchTest, NoticesOnlySoManyTypers) {
  watch(ann);
  for (std::size_t i = 0; i < 2 * TypingWatch::kMaxTypers; ++i) {
    hear(static_cast<std::int64_t>(i) + 10);
  }
  loop.pass(TypingWatch::kSpacing);
  EXPECT_EQ(ann->seen.back(), who({10, 11, 12, 13, 14}, TypingWatch::kMaxTypers));
}

}  // namespace
}  // namespace confab::gateway
