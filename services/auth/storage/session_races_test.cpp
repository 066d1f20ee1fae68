#include <gtest/gtest.h>

#include <future>

#include "auth/storage/account_store_contract_test.hpp"
#include "auth/storage/sql_values.hpp"

// What PostgreSQL promises of logins that meet a change of the password or an erasure, step by
// step.
namespace confab::auth {
namespace {

struct SessionRaces : testing::Test {
  PostgresAccounts accounts;
  PgAccountStore& store = accounts.store;
  pqxx::connection other{accounts.database.url()};
  FakeClock clock;
  FakeRandom random;
  User ada =
      store.create({Uuid::make(random).text(), "ada", "ada", "Ada", "hash"}, session()).value();

  NewSession session() {
    return {Uuid::make(random).text(), random.bytes(32), random.bytes(32), clock.now(),
            clock.now() + std::chrono::hours(1)};
  }
  /// Returns as soon as so many statements wait for a lock, or the last of them is done without.
  template <typename Last>
  void await_waiting(int statements, const std::future<Last>& last) {
    pqxx::connection watcher{accounts.database.url()};
    const auto is_done = [&] {
      return last.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    for (int waiting = 0; waiting < statements && !is_done();) {
      pqxx::work transaction{watcher};
      waiting = transaction
                    .exec1(
                        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                        "AND datname = current_database()")[0]
                    .as<int>();
    }
  }
  std::size_t running() { return store.sessions_of(ada.id, clock.now(), 10)->size(); }

  /// What a login with the hash "hash" comes to that finds the statement under way.
  ErrorCode login_during(const std::string& statement) {
    pqxx::work transaction{other};
    transaction.exec0(statement);
    auto login = std::async(std::launch::async,
                            [&] { return store.open_session(ada.id, "hash", session()); });
    await_waiting(1, login);
    transaction.commit();
    const auto opened = login.get();
    return opened ? ErrorCode::internal : opened.error().code;
  }
  /// How many sessions there are when `ending` begins after a login has looked at the account, and
  /// before it is done.
  template <typename Ending>
  std::size_t left_by(Ending ending) {
    const auto opening = session();
    // Another session with the same digest holds the login up where it inserts its own.
    pqxx::work transaction{other};
    transaction.exec_params0(
        "INSERT INTO auth.sessions (id, user_id, family_digest, rotation_digest, created_at, "
        "expires_at) VALUES ($1, $2, $3, $3, now(), now())",
        session().id, ada.id, bytea(opening.family_digest));
    auto login =
        std::async(std::launch::async, [&] { return store.open_session(ada.id, "hash", opening); });
    await_waiting(1, login);
    auto ended = std::async(std::launch::async, ending);
    await_waiting(2, ended);
    transaction.abort();
    EXPECT_TRUE(login.get());
    EXPECT_TRUE(ended.get());
    return running();
  }
};

TEST_F(SessionRaces, ALoginThatFindsAChangeOfThePasswordUnderWayIsRefused) {
  EXPECT_EQ(login_during("UPDATE auth.users SET password_hash = 'new'"),
            ErrorCode::invalid_credentials);
  EXPECT_EQ(running(), 1U);
}

TEST_F(SessionRaces, ALoginThatFindsAnErasureUnderWayIsRefused) {
  EXPECT_EQ(login_during("UPDATE auth.users SET deleted_at = now()"),
            ErrorCode::invalid_credentials);
  EXPECT_EQ(running(), 1U);
}

TEST_F(SessionRaces, AListOfTheRevokedDoesNotPassOneWhoseCommitIsUnderWay) {
  const auto id = store.sessions_of(ada.id, clock.now(), 10)->front().id;
  const auto list = [&](std::int64_t cursor) {
    return store.revocations(cursor, std::chrono::hours(1)).value();
  };
  pqxx::work transaction{other};
  const auto stamp = transaction
                         .exec1(
                             "UPDATE auth.sessions SET revoked_at = clock_timestamp() "
                             "RETURNING (extract(epoch FROM revoked_at) * 1000000)::bigint")[0]
                         .as<std::int64_t>();
  auto cursor = list(0).cursor;
  for (int i = 0; i < 3; ++i) cursor = list(cursor).cursor;
  EXPECT_LE(cursor, stamp);
  EXPECT_TRUE(list(cursor).session_ids.empty());
  transaction.commit();
  const auto after = list(cursor);
  EXPECT_EQ(after.session_ids, std::vector{id});
  EXPECT_GT(after.cursor, stamp);
}

TEST_F(SessionRaces, ARepeatedLogoutWaitsForTheStandbyAsTheFirst) {
  const auto id = store.sessions_of(ada.id, clock.now(), 10)->front().id;
  EXPECT_TRUE(store.revoke(id).value());
  const auto version = [&] {
    pqxx::work transaction{other};
    return transaction.exec1("SELECT xmin::text, revoked_at::text FROM auth.sessions");
  };
  const auto before = version();
  EXPECT_FALSE(store.revoke(id).value());
  const auto after = version();
  EXPECT_NE(before[0].as<std::string>(), after[0].as<std::string>()) << "nothing was written";
  EXPECT_EQ(before[1].as<std::string>(), after[1].as<std::string>());
}

TEST_F(SessionRaces, AChangeOfThePasswordEndsTheSessionOfALoginUnderWay) {
  EXPECT_EQ(left_by([this] { return store.change_password(ada.id, "hash", "new", ""); }), 0U);
}

TEST_F(SessionRaces, AnErasureEndsTheSessionOfALoginUnderWay) {
  EXPECT_EQ(left_by([this] { return store.erase({ada.id, ada.uuid, "deleted 1", "Ghost"}); }), 0U);
}

}  // namespace
}  // namespace confab::auth
