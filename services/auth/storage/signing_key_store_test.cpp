#include "auth/domain/signing_key_store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>

#include "auth/domain/fake_signing_key_store.hpp"
#include "auth/storage/migrations.hpp"
#include "auth/storage/pg_signing_key_store.hpp"
#include "common/testing/database.hpp"

// What every SigningKeyStore promises, tried on the fake and on PostgreSQL.
namespace confab::auth {
namespace {

struct PostgresKeys {
  TestDatabase database;
  postgres::Pool pool{{.url = database.url(), .connections = 4}};
  PgSigningKeyStore store{pool};

  PostgresKeys() { postgres::migrate(pool, kSchema, kMigrations).value(); }
};

std::shared_ptr<SigningKeyStore> make_postgres() {
  const auto keys = std::make_shared<PostgresKeys>();
  return {keys, &keys->store};
}
std::shared_ptr<SigningKeyStore> make_fake() { return std::make_shared<FakeSigningKeyStore>(); }

struct Implementation {
  const char* name;
  std::function<std::shared_ptr<SigningKeyStore>()> make;

  friend void PrintTo(const Implementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

class SigningKeyStoreTest : public testing::TestWithParam<Implementation> {
 protected:
  static Time at(int seconds) { return Time(std::chrono::seconds(1'700'000'000 + seconds)); }
  static SigningKey key(const std::string& kid, int seconds) {
    return {kid, std::string("\0\xFF'", 3) + std::string(29, 's'),
            std::string("\0\xFE'", 3) + std::string(29, 'r'), at(seconds), std::nullopt};
  }

  std::shared_ptr<SigningKeyStore> store_ = GetParam().make();
};

TEST_P(SigningKeyStoreTest, KeepsEveryByteOfAKey) {
  EXPECT_TRUE(store_->load()->empty());
  ASSERT_TRUE(store_->add_first(key("k1", 0)));
  const auto keys = store_->load();
  ASSERT_TRUE(keys) << keys.error().message;
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_EQ(keys->front().kid, "k1");
  EXPECT_EQ(keys->front().seed, key("k1", 0).seed);
  EXPECT_EQ(keys->front().resume_key, key("k1", 0).resume_key);
  EXPECT_EQ(keys->front().created_at, at(0));
  EXPECT_FALSE(keys->front().retired_at);
}

TEST_P(SigningKeyStoreTest, TakesOneFirstKeyFromManyAtOnce) {
  std::vector<std::future<Result<>>> answers;
  for (int i = 0; i < 4; ++i) {
    answers.push_back(std::async(std::launch::async, [this, i] {
      return store_->add_first(key("k" + std::to_string(i), i));
    }));
  }
  for (auto& answer : answers) EXPECT_TRUE(answer.get());
  EXPECT_EQ(store_->load()->size(), 1U);
}

TEST_P(SigningKeyStoreTest, RetiresEachKeyOnceAndListsTheOldestFirst) {
  ASSERT_TRUE(store_->add_first(key("k1", 0)));
  ASSERT_TRUE(store_->rotate(key("k2", 10), at(70)));
  ASSERT_TRUE(store_->rotate(key("k3", 20), at(80)));
  const auto keys = *store_->load();
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0].retired_at, at(70));
  EXPECT_EQ(keys[1].kid, "k2");
  EXPECT_EQ(keys[1].retired_at, at(80));
  EXPECT_FALSE(keys[2].retired_at);
}

TEST(SigningKeyMigration, GivesEveryKeyThatIsThereAnotherResumeKey) {
  const TestDatabase database;
  postgres::Pool pool{{.url = database.url(), .connections = 1}};
  const std::vector first(kMigrations.begin(), kMigrations.begin() + 1);
  ASSERT_TRUE(postgres::migrate(pool, kSchema, first));
  ASSERT_TRUE(pool.transact([](pqxx::work& transaction) -> Result<> {
    transaction.exec0(
        "INSERT INTO auth.signing_keys (kid, seed, created_at) "
        "VALUES ('k1', '1', now()), ('k2', '2', now() + interval '1 second')");
    return {};
  }));
  ASSERT_TRUE(postgres::migrate(pool, kSchema, kMigrations));
  const auto keys = *PgSigningKeyStore(pool).load();
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].resume_key.size(), 32U);
  EXPECT_EQ(keys[1].resume_key.size(), 32U);
  EXPECT_NE(keys[0].resume_key, keys[1].resume_key);
}

INSTANTIATE_TEST_SUITE_P(Stores, SigningKeyStoreTest,
                         testing::Values(Implementation{"fake", make_fake},
                                         Implementation{"postgres", make_postgres}),
                         [](const auto& store) { return store.param.name; });

}  // namespace
}  // namespace confab::auth
