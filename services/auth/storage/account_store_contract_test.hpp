#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "auth/domain/fake_account_store.hpp"
#include "auth/domain/fakes.hpp"
#include "auth/storage/migrations.hpp"
#include "auth/storage/pg_account_store.hpp"
#include "common/base/uuid.hpp"
#include "common/testing/database.hpp"

// What tests of every AccountStore stand on: the fake and PostgreSQL.
namespace confab::auth {

struct PostgresAccounts {
  TestDatabase database;
  postgres::Pool pool{{.url = database.url(), .connections = 4}};
  PgAccountStore store{pool};

  PostgresAccounts() { postgres::migrate(pool, kSchema, kMigrations).value(); }
};

/// Keeps alive what the store stands on.
inline std::shared_ptr<AccountStore> make_postgres() {
  const auto accounts = std::make_shared<PostgresAccounts>();
  return {accounts, &accounts->store};
}
inline std::shared_ptr<AccountStore> make_fake() { return std::make_shared<FakeAccountStore>(); }

struct Implementation {
  const char* name;
  std::function<std::shared_ptr<AccountStore>()> make;

  friend void PrintTo(const Implementation& implementation, std::ostream* out) {
    *out << implementation.name;
  }
};

class AccountStoreContractTest : public testing::TestWithParam<Implementation> {
 protected:
  NewUser new_user(const std::string& username) {
    return {Uuid::make(random_).text(), username, username, "The " + username, "hash"};
  }
  NewSession new_session() {
    return {Uuid::make(random_).text(), random_.bytes(32), random_.bytes(32), clock_.now(),
            clock_.now() + std::chrono::hours(1)};
  }
  /// The step from `session`, which is changed as the store changes it.
  SessionRotation next(NewSession& session) {
    const SessionRotation rotation{session.family_digest,
                                   session.rotation_digest,
                                   random_.bytes(32),
                                   random_.bytes(32),
                                   clock_.now(),
                                   clock_.now() + std::chrono::hours(1),
                                   clock_.now() - std::chrono::seconds(10)};
    session.rotation_digest = rotation.next_rotation_digest;
    return rotation;
  }
  bool is_revoked(const NewSession& session, std::int64_t cursor = 0) {
    const auto ids = store_->revocations(cursor, std::chrono::hours(1))->session_ids;
    return std::count(ids.begin(), ids.end(), session.id) == 1;
  }

  FakeClock clock_;
  FakeRandom random_;
  std::shared_ptr<AccountStore> store_ = GetParam().make();
  NewSession session_ = new_session();
};

inline auto both_account_stores() {
  return testing::Values(Implementation{"fake", make_fake},
                         Implementation{"postgres", make_postgres});
}

inline std::string account_store_name(const testing::TestParamInfo<Implementation>& info) {
  return info.param.name;
}

}  // namespace confab::auth
