#include "ctl/domain/seeder.hpp"

#include <algorithm>
#include <optional>
#include <ostream>

namespace confab::ctl {
namespace {

/// Accounts a call when each password is hashed by itself, which takes tens of milliseconds.
constexpr std::size_t kHashedApart = 50;

/// How many rooms from `first` on one call can make.
std::size_t batch_of(const std::vector<SeedRoom>& rooms, std::size_t first) {
  std::size_t count = 0;
  std::size_t members = 0;
  while (first + count < rooms.size() && count < RoomMaker::kMostRooms) {
    members += rooms[first + count].members.size();
    if (members > kMostMembers) break;
    ++count;
  }
  return count;
}

}  // namespace

Result<Seeded> Seeder::run(const SeedPlan& plan, const Secrets& secrets) {
  Seeded out;
  out.rooms = lay_out(plan);
  if (const auto done = make_accounts(plan, secrets, out); !done) return done.error();
  if (const auto done = make_rooms(out); !done) return done.error();
  return out;
}

Result<> Seeder::make_accounts(const SeedPlan& plan, const Secrets& secrets, Seeded& out) {
  const bool apart = !secrets.password.empty() && !secrets.same_password;
  const auto most = apart ? kHashedApart : AccountMaker::kMostAccounts;
  while (out.accounts.size() < plan.users) {
    const auto end = std::min(plan.users, out.accounts.size() + most);
    AccountOrder order{{}, secrets.password, secrets.same_password, secrets.token_life};
    for (auto i = out.accounts.size(); i < end; ++i) order.usernames.push_back(username(plan, i));
    auto delivery = accounts_.make(order);
    if (!delivery) return delivery.error();
    if (delivery->accounts.size() != order.usernames.size()) {
      return Error{ErrorCode::internal, "the auth service answered with other accounts"};
    }
    if (out.accounts.empty()) out.expires_in = delivery->expires_in;
    for (auto& account : delivery->accounts) {
      if (account.made) ++out.accounts_made;
      out.accounts.push_back(std::move(account));
    }
    progress_("accounts", out.accounts.size(), plan.users);
  }
  return {};
}

Result<> Seeder::make_rooms(Seeded& out) {
  for (std::size_t done = 0; done < out.rooms.size();) {
    const auto count = batch_of(out.rooms, done);
    const auto made = rooms_.make(out.accounts, std::span(out.rooms).subspan(done, count));
    if (!made) return made.error();
    out.rooms_made += *made;
    done += count;
    progress_("rooms", done, out.rooms.size());
  }
  return {};
}

void write_tokens(const Seeded& seeded, std::ostream& out) {
  std::vector<std::vector<const std::string*>> gids(seeded.accounts.size());
  for (const auto& room : seeded.rooms) {
    for (const auto member : room.members) gids[member].push_back(&room.gid);
  }
  for (std::size_t i = 0; i < seeded.accounts.size(); ++i) {
    out << seeded.accounts[i].access_token << ',' << seeded.accounts[i].username;
    for (const auto* gid : gids[i]) out << ',' << *gid;
    out << '\n';
  }
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace confab::ctl {
namespace {

struct FakeAccountMaker final : AccountMaker {
  std::set<std::string> known;
  std::vector<std::size_t> calls;
  std::optional<Error> failure;

  Result<AccountDelivery> make(const AccountOrder& order) override {
    if (failure) return *failure;
    calls.push_back(order.usernames.size());
    AccountDelivery out;
    out.expires_in = order.token_life;
    for (const auto& name : order.usernames) {
      out.accounts.push_back(
          {1, "uuid", name, name, "token-of-" + name, known.insert(name).second});
    }
    return out;
  }
};

struct FakeRoomMaker final : RoomMaker {
  std::set<std::string> known;
  std::vector<std::size_t> calls;

  Result<std::size_t> make(std::span<const Account> accounts,
                           std::span<const SeedRoom> rooms) override {
    calls.push_back(rooms.size());
    std::size_t made = 0;
    for (const auto& room : rooms) {
      for (const auto member : room.members) EXPECT_LT(member, accounts.size());
      if (known.insert(room.gid).second) ++made;
    }
    return made;
  }
};

struct SeederTest : testing::Test {
  FakeAccountMaker accounts;
  FakeRoomMaker rooms;
  std::vector<std::string> progress;
  Seeder seeder{accounts, rooms, [this](std::string_view what, auto done, auto total) {
                  progress.push_back(std::string(what) + " " + std::to_string(done) + "/" +
                                     std::to_string(total));
                }};
};

TEST_F(SeederTest, FillsEachCallAndNeverMore) {
  const auto done = seeder.run({2500, 1200, 20}, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(accounts.calls, (std::vector<std::size_t>{1000, 1000, 500}));
  EXPECT_EQ(rooms.calls, (std::vector<std::size_t>{1000, 200}));
  EXPECT_EQ(progress,
            (std::vector<std::string>{"accounts 1000/2500", "accounts 2000/2500",
                                      "accounts 2500/2500", "rooms 1000/1200", "rooms 1200/1200"}));
  rooms.calls.clear();
  ASSERT_TRUE(seeder.run({15'000, 3, 15'000}, {}));
  EXPECT_EQ(rooms.calls, (std::vector<std::size_t>{1, 1, 1}));
}

TEST_F(SeederTest, AsksForFewAccountsACallWhenEachPasswordIsHashedByItself) {
  ASSERT_TRUE(seeder.run({120, 0, 0}, {"password1", false, {}}));
  EXPECT_EQ(accounts.calls, (std::vector<std::size_t>{50, 50, 20}));
  ASSERT_TRUE(seeder.run({120, 0, 0}, {"password1", true, {}}));
  EXPECT_EQ(accounts.calls.back(), 120U);
}

TEST_F(SeederTest, FindsTheSecondTimeWhatItMadeTheFirst) {
  const SeedPlan plan{30, 10, 5};
  const auto first = seeder.run(plan, {});
  const auto again = seeder.run(plan, {});
  EXPECT_EQ(first->accounts_made, 30U);
  EXPECT_EQ(first->rooms_made, 10U);
  EXPECT_EQ(again->accounts_made, 0U);
  EXPECT_EQ(again->rooms_made, 0U);
}

TEST_F(SeederTest, StopsAtTheFirstFailure) {
  accounts.failure = Error{ErrorCode::unavailable, "away"};
  EXPECT_EQ(seeder.run({30, 10, 5}, {}).error().code, ErrorCode::unavailable);
  EXPECT_TRUE(rooms.calls.empty());
}

TEST_F(SeederTest, WritesALineForEachUserWithAllTheirRooms) {
  Seeded seeded;
  for (const auto* name : {"ada", "bob", "eve"}) {
    seeded.accounts.push_back({1, "", name, name, std::string("t-") + name, true});
  }
  seeded.rooms = {{"room1111", "", {0, 1}}, {"room2222", "", {1}}};
  std::ostringstream out;
  write_tokens(seeded, out);
  EXPECT_EQ(out.str(), "t-ada,ada,room1111\nt-bob,bob,room1111,room2222\nt-eve,eve\n");
}

}  // namespace
}  // namespace confab::ctl
#endif
