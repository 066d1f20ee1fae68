#include "ctl/domain/seed_layout.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "ctl/domain/numbers.hpp"

namespace confab::ctl {
namespace {

constexpr std::size_t kLongestPrefix = 24;  // Leaves room for a number in a username of 32.

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

/// Another plan has other rooms.
std::uint64_t hash(const SeedPlan& plan) {
  return hash_of(plan.prefix + "/" + std::to_string(plan.users) + "/" + std::to_string(plan.rooms) +
                 "/" + std::to_string(plan.members) + "/" + std::to_string(plan.seed));
}

class Deck {
 public:
  Deck(std::size_t users, Numbers& numbers) : numbers_(numbers), cards_(users) {
    std::iota(cards_.begin(), cards_.end(), 0U);
    numbers_.shuffle(cards_);
  }

  /// So many users who all differ.
  std::vector<std::size_t> deal(std::size_t count) {
    std::vector<std::size_t> hand;
    while (hand.size() < count) {
      if (next_ == cards_.size()) shuffle_behind(hand);
      hand.push_back(cards_[next_++]);
    }
    return hand;
  }

 private:
  /// Begins again, with those who are in the hand at the end.
  void shuffle_behind(const std::vector<std::size_t>& hand) {
    numbers_.shuffle(cards_);
    const std::unordered_set<std::size_t> held(hand.begin(), hand.end());
    std::stable_partition(cards_.begin(), cards_.end(),
                          [&](std::size_t user) { return !held.contains(user); });
    next_ = 0;
  }

  Numbers& numbers_;
  std::vector<std::size_t> cards_;
  std::size_t next_ = 0;
};

}  // namespace

Result<> check(const SeedPlan& plan) {
  if (plan.users == 0) return bad("--users is missing: how many accounts, e.g. --users 1000");
  if (plan.users > kMostUsers) return bad("--users may be at most " + std::to_string(kMostUsers));
  if (plan.rooms > 0 && plan.members == 0) {
    return bad("--members is missing: how many users are in each room, e.g. --members 50");
  }
  if (plan.members > plan.users) {
    return bad("--members " + std::to_string(plan.members) + " is more than --users " +
               std::to_string(plan.users) + ": nobody is in a room twice");
  }
  if (plan.members > kMostMembers) {
    return bad("--members may be at most " + std::to_string(kMostMembers));
  }
  if (plan.rooms > 0 && plan.members > kMostMemberships / plan.rooms) {
    return bad("--rooms times --members may be at most " + std::to_string(kMostMemberships));
  }
  if (plan.prefix.empty() || plan.prefix.size() > kLongestPrefix ||
      plan.prefix.find_first_of(", \t\r\n\"") != std::string::npos) {
    return bad("--prefix must have 1 to " + std::to_string(kLongestPrefix) +
               " bytes without commas, quotes and spaces");
  }
  return {};
}

std::string username(const SeedPlan& plan, std::size_t number) {
  return plan.prefix + std::to_string(number + 1);
}

std::vector<RoomPlan> lay_out(const SeedPlan& plan) {
  Numbers names(hash(plan));
  Numbers cards(plan.seed);
  Deck deck(plan.users, cards);
  std::unordered_set<std::string> gids;
  std::vector<RoomPlan> rooms;
  while (rooms.size() < plan.rooms) {
    auto gid = make_gid(names);
    if (!gids.insert(gid).second) continue;
    auto name = plan.prefix + "room-" + std::to_string(rooms.size() + 1);
    rooms.push_back({std::move(gid), std::move(name), deck.deal(plan.members)});
  }
  return rooms;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <set>

namespace confab::ctl {
namespace {

SeedPlan plan(std::size_t users, std::size_t rooms, std::size_t members, std::uint64_t seed = 1) {
  return {users, rooms, members, "t-", seed};
}

/// How many rooms each user is in.
std::vector<std::size_t> shares(const SeedPlan& plan) {
  std::vector<std::size_t> out(plan.users);
  for (const auto& room : lay_out(plan)) {
    for (const auto user : room.members) ++out[user];
  }
  return out;
}

TEST(SeedLayout, IsTheSameEveryTime) {
  const auto first = lay_out(plan(100, 20, 30));
  const auto again = lay_out(plan(100, 20, 30));
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].gid, again[i].gid);
    EXPECT_EQ(first[i].members, again[i].members);
  }
  // Also on another machine and in a later version.
  EXPECT_EQ(first[0].gid, "H5YtWKbA");
  EXPECT_EQ(first[0].name, "t-room-1");
  EXPECT_EQ(first[0].members[0], 32U);
}

TEST(SeedLayout, HasOtherRoomsForEveryOtherPlan) {
  std::set<std::string> gids;
  for (const auto& other : {plan(100, 20, 30), plan(101, 20, 30), plan(100, 21, 30),
                            plan(100, 20, 31), plan(100, 20, 30, 2)}) {
    gids.insert(lay_out(other).front().gid);
  }
  EXPECT_EQ(gids.size(), 5U);
  EXPECT_NE(lay_out(plan(100, 20, 30))[0].members, lay_out(plan(100, 20, 30, 2))[0].members);
}

TEST(SeedLayout, PutsNobodyInARoomTwiceAndEverybodyInAsManyRooms) {
  for (const auto& [users, rooms, members] :
       {std::tuple{10U, 7U, 10U}, {10U, 9U, 7U}, {1000U, 100U, 50U}, {3U, 50U, 2U}, {5U, 1U, 2U}}) {
    const auto all = lay_out(plan(users, rooms, members));
    ASSERT_EQ(all.size(), rooms);
    for (const auto& room : all) {
      EXPECT_EQ(std::set<std::size_t>(room.members.begin(), room.members.end()).size(), members);
    }
    const auto each = shares(plan(users, rooms, members));
    const auto [least, most] = std::minmax_element(each.begin(), each.end());
    EXPECT_LE(*most - *least, 1U) << users << " " << rooms << " " << members;
  }
}

TEST(SeedLayout, NamesRoomsAsPeopleTypeThem) {
  std::set<std::string> gids;
  for (const auto& room : lay_out(plan(2, 5000, 1))) {
    EXPECT_EQ(room.gid.size(), 8U);
    EXPECT_EQ(room.gid.find_first_of("0OIl"), std::string::npos);
    EXPECT_TRUE(std::all_of(room.gid.begin(), room.gid.end(),
                            [](unsigned char c) { return std::isalnum(c) != 0; }));
    gids.insert(room.gid);
  }
  EXPECT_EQ(gids.size(), 5000U);
}

TEST(SeedLayout, NumbersUsersWithoutRegardToHowManyThereAre) {
  EXPECT_EQ(username(plan(10, 0, 0), 0), "t-1");
  EXPECT_EQ(username(plan(1000, 0, 0), 0), "t-1");
}

TEST(SeedPlan, NamesTheOptionThatCannotBe) {
  const auto problem = [](const SeedPlan& plan) {
    const auto good = check(plan);
    return good ? std::string() : good.error().message;
  };
  EXPECT_EQ(problem(plan(10, 5, 10)), "");
  EXPECT_EQ(problem(plan(10, 0, 0)), "");
  EXPECT_NE(problem(plan(0, 5, 1)).find("--users"), std::string::npos);
  EXPECT_NE(problem(plan(kMostUsers + 1, 5, 1)).find("--users"), std::string::npos);
  EXPECT_NE(problem(plan(10, 5, 0)).find("--members"), std::string::npos);
  EXPECT_NE(problem(plan(10, 5, 11)).find("--members"), std::string::npos);
  EXPECT_NE(problem(plan(30'000, 5, 20'001)).find("--members"), std::string::npos);
  EXPECT_NE(problem(plan(20'000, 501, 20'000)).find("--rooms"), std::string::npos);
  for (const auto* prefix : {"", "a,b", "a b", "a\"b", "a-prefix-that-is-too-long"}) {
    auto other = plan(10, 5, 5);
    other.prefix = prefix;
    EXPECT_NE(problem(other).find("--prefix"), std::string::npos) << prefix;
  }
}

}  // namespace
}  // namespace confab::ctl
#endif
