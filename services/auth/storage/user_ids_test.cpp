#include "auth/storage/user_ids.hpp"

#include <gtest/gtest.h>

#include "auth/storage/account_store_contract_test.hpp"

namespace confab::auth {
namespace {

struct UserIds : testing::Test {
  PostgresAccounts accounts;
  FakeClock clock;
  FakeRandom random;

  std::int64_t sign_up(const std::string& name) {
    const NewSession session{Uuid::make(random).text(), random.bytes(32), random.bytes(32),
                             clock.now(), clock.now() + std::chrono::hours(1)};
    return accounts.store.create({Uuid::make(random).text(), name, name, name, "hash"}, session)
        .value()
        .id;
  }
  void execute(const std::string& sql) {
    pqxx::connection connection{accounts.database.url()};
    pqxx::work transaction{connection};
    transaction.exec(sql);
    transaction.commit();
  }
};

TEST_F(UserIds, OfThoseWhomARestoreForgotAreNotGivenAgain) {
  const auto kept = sign_up("kept");
  const auto lost = sign_up("lost");
  execute("DELETE FROM auth.sessions; DELETE FROM auth.users WHERE username = 'lost'");
  // As a backup from before, with its sequence and without.
  for (const auto* sequence : {"2", "1"}) {
    execute(std::string("SELECT setval('auth.users_id_seq', ") + sequence + ", false)");
    const auto last = skip_user_ids(accounts.pool, 1000);
    ASSERT_TRUE(last) << last.error().message;
    EXPECT_GE(*last, kept + 1000);
    const auto next = sign_up(std::string("new") + sequence);
    EXPECT_EQ(next, *last + 1);
    EXPECT_NE(next, lost);
    execute("DELETE FROM auth.sessions; DELETE FROM auth.users WHERE username LIKE 'new%'");
  }
}

TEST_F(UserIds, MayBePassedOverBeforeThereAreUsers) {
  const auto last = skip_user_ids(accounts.pool, 10);
  ASSERT_TRUE(last) << last.error().message;
  EXPECT_EQ(sign_up("first"), *last + 1);
}

}  // namespace
}  // namespace confab::auth
