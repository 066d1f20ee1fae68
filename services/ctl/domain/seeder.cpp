#include "ctl/domain/seeder.hpp"

#include <algorithm>
#include <ostream>

namespace confab::ctl {

Result<Seeded> Seeder::run(const SeedPlan& plan, const Secrets& secrets) {
  Seeded out;
  out.rooms = lay_out(plan);
  AccountOrder order{{}, secrets.password, secrets.same_password, secrets.token_life};
  for (std::size_t i = 0; i < plan.users; ++i) {
    order.accounts.push_back({username(plan, i), {}, {}, {}});
  }
  auto delivery = provisioner_.make_accounts(order);
  if (!delivery) return delivery.error();
  out.accounts = std::move(delivery->accounts);
  out.expires_in = delivery->expires_in;
  out.accounts_made =
      static_cast<std::size_t>(std::count_if(out.accounts.begin(), out.accounts.end(),
                                             [](const Account& account) { return account.made; }));
  const auto rooms = provisioner_.make_rooms(out.accounts, out.rooms);
  if (!rooms) return rooms.error();
  out.rooms_made = rooms->made;
  return out;
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

#include <sstream>

#include "ctl/domain/fake_services.hpp"

namespace confab::ctl {
namespace {

struct SeederTest : testing::Test {
  FakeAccountMaker accounts;
  FakeRoomMaker rooms;
  std::vector<std::string> progress;
  Provisioner provisioner{accounts, rooms, [this](std::string_view what, auto done, auto total) {
                            progress.push_back(std::string(what) + " " + std::to_string(done) +
                                               "/" + std::to_string(total));
                          }};
  Seeder seeder{provisioner};
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
