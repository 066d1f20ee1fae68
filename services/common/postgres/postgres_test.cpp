#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "common/postgres/migrate.hpp"
#include "common/testing/database.hpp"

namespace confab::postgres {
namespace {

PoolOptions options(const TestDatabase& database) {
  PoolOptions options;
  options.url = database.url();
  options.connections = 2;
  return options;
}

TEST(Pool, RollsBackWhatEndsInAnError) {
  TestDatabase database;
  Pool pool(options(database));
  const auto insert = [&](bool fail) {
    return pool.transact([&](pqxx::work& transaction) -> Result<> {
      transaction.exec0("CREATE TABLE IF NOT EXISTS t (x int)");
      transaction.exec0("INSERT INTO t VALUES (1)");
      if (fail) return Error{ErrorCode::not_found, "no"};
      return {};
    });
  };
  EXPECT_EQ(insert(true).error().code, ErrorCode::not_found);
  EXPECT_TRUE(insert(false));
  const auto count = pool.query([](pqxx::nontransaction& transaction) -> Result<int> {
    return transaction.exec1("SELECT count(*) FROM t")[0].as<int>();
  });
  EXPECT_EQ(*count, 1);
}

TEST(Pool, OpensANewConnectionAfterTheServerCutOne) {
  TestDatabase database;
  Pool pool(options(database));
  const auto suicide = pool.query([](pqxx::nontransaction& transaction) -> Result<> {
    transaction.exec("SELECT pg_terminate_backend(pg_backend_pid())");
    return {};
  });
  EXPECT_EQ(suicide.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(pool.query([](pqxx::nontransaction& transaction) -> Result<> {
    transaction.exec1("SELECT 1");
    return {};
  }));
}

TEST(Pool, DoesNotLendAConnectionThatWasCutWhileIdle) {
  TestDatabase database;
  Pool pool(options(database));
  const auto backend = [&] {
    return pool.query([](pqxx::nontransaction& transaction) -> Result<int> {
      return transaction.exec1("SELECT pg_backend_pid()")[0].as<int>();
    });
  };
  const int pid = *backend();
  Pool other(options(database));
  ASSERT_TRUE(other.query([&](pqxx::nontransaction& transaction) -> Result<> {
    // Waits until its process is gone, and with it its end of the connection.
    transaction.exec_params("SELECT pg_terminate_backend($1, 60000)", pid);
    return {};
  }));
  const auto next = backend();
  ASSERT_TRUE(next) << next.error().message;
  EXPECT_NE(*next, pid);
}

TEST(Pool, DoesNotClaimThatALostWriteWasNotDone) {
  TestDatabase database;
  Pool pool(options(database));
  const auto lost = pool.execute([](pqxx::nontransaction& transaction) -> Result<> {
    transaction.exec("SELECT pg_terminate_backend(pg_backend_pid())");
    return {};
  });
  EXPECT_EQ(lost.error().code, ErrorCode::unknown_outcome);
  EXPECT_TRUE(pool.execute([](pqxx::nontransaction& transaction) -> Result<> {
    transaction.exec1("SELECT 1");
    return {};
  }));
}

TEST(Pool, TellsAPassingFailureFromADefect) {
  TestDatabase database;
  auto hasty = options(database);
  hasty.statement_timeout = std::chrono::milliseconds(50);
  const auto run = [](const PoolOptions& with, const char* statement) {
    return Pool(with)
        .query([&](pqxx::nontransaction& transaction) -> Result<> {
          transaction.exec(statement);
          return {};
        })
        .error()
        .code;
  };
  EXPECT_EQ(run(hasty, "SELECT pg_sleep(5)"), ErrorCode::unavailable);
  EXPECT_EQ(run(options(database), "SELECT no_such_column"), ErrorCode::internal);
  EXPECT_EQ(run(options(database), "DO $$ BEGIN RAISE WARNING 'not replicated'; END $$"),
            ErrorCode::unknown_outcome);
}

TEST(Pool, TakesAWarningInAnyLanguageForOne) {
  TestDatabase database;
  pqxx::connection connection(database.url());
  const Warnings warnings(connection);
  EXPECT_FALSE(warnings.seen());
  connection.process_notice("WARNUNG:  Warten auf synchrone Replikation abgebrochen\n");
  EXPECT_TRUE(warnings.seen());
}

TEST(Pool, LosesItsLocksWhenItDoesNothingWithinATransaction) {
  TestDatabase database;
  Pool silent(options(database));
  auto patient = options(database);
  patient.lock_timeout = patient.statement_timeout = std::chrono::seconds(60);
  Pool other(patient);
  const auto lock = [](auto& transaction) -> Result<> {
    transaction.exec("SELECT pg_advisory_xact_lock(1)");
    return {};
  };
  const auto stopped = silent.transact([&](pqxx::work& transaction) -> Result<> {
    transaction.exec("SET LOCAL idle_in_transaction_session_timeout = '100ms'");
    EXPECT_TRUE(lock(transaction));
    EXPECT_TRUE(other.transact(lock)) << "the lock is not given up";
    return lock(transaction);
  });
  EXPECT_EQ(stopped.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(silent.transact(lock)) << "it goes on with another connection";
}

TEST(Pool, HasTheServerNoticeThatTheProgramIsGone) {
  TestDatabase database;
  Pool pool(options(database));
  const auto show = [&](const std::string& name) {
    return pool
        .query([&](pqxx::nontransaction& transaction) -> Result<std::string> {
          return transaction.exec1("SHOW " + name)[0].as<std::string>();
        })
        .value();
  };
  EXPECT_EQ(show("idle_in_transaction_session_timeout"), "10s");
  EXPECT_EQ(show("tcp_keepalives_idle"), "5");
  EXPECT_EQ(show("tcp_keepalives_interval"), "2");
  EXPECT_EQ(show("tcp_keepalives_count"), "3");
  EXPECT_EQ(show("tcp_user_timeout"), "10000");
}

TEST(Pool, ReportsAServerThatIsNotThere) {
  PoolOptions nowhere;
  nowhere.url = "postgresql://nobody@127.0.0.1:1/none";
  Pool pool(nowhere);
  const auto result = pool.query([](pqxx::nontransaction&) -> Result<> { return {}; });
  EXPECT_EQ(result.error().code, ErrorCode::unavailable);
}

TEST(Pool, AsksWhetherTheServerIsStillThereWhileItAwaitsAnAnswer) {
  TestDatabase database;
  Pool pool(options(database));
  const auto socket_option = [&](int level, int name) {
    return pool.query([&](pqxx::nontransaction& transaction) -> Result<int> {
      int value = 0;
      socklen_t size = sizeof value;
      getsockopt(transaction.conn().sock(), level, name, &value, &size);
      return value;
    });
  };
  EXPECT_EQ(*socket_option(SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(*socket_option(IPPROTO_TCP, TCP_KEEPIDLE), 5);
  EXPECT_EQ(*socket_option(IPPROTO_TCP, TCP_KEEPINTVL), 2);
  EXPECT_EQ(*socket_option(IPPROTO_TCP, TCP_KEEPCNT), 3);
}

TEST(ArrayLiteral, QuotesEveryItem) {
  TestDatabase database;
  Pool pool(options(database));
  const std::vector<std::string> items = {"", "NULL", "a,b", "{}", "\"\\", "é\n"};
  const auto joined = pool.query([&](pqxx::nontransaction& transaction) -> Result<std::string> {
    return transaction
        .exec_params1("SELECT array_to_string($1::text[], '|', 'null')", array_literal(items))[0]
        .as<std::string>();
  });
  EXPECT_EQ(*joined, "|NULL|a,b|{}|\"\\|é\n");
  EXPECT_EQ(array_literal(std::vector<std::int64_t>{1, -2}), "{1,-2}");
}

const std::vector<Migration> kTwo = {{1, "one", "CREATE TABLE s.a (x int)"},
                                     {2, "two", "CREATE TABLE s.b (x int)"}};

TEST(Migrate, AppliesEachMigrationOnce) {
  TestDatabase database;
  Pool pool(options(database));
  EXPECT_EQ(check_schema(pool, "s", kTwo).error().code, ErrorCode::unavailable);
  EXPECT_EQ(*migrate(pool, "s", {kTwo.front()}), 1);
  EXPECT_EQ(*migrate(pool, "s", kTwo), 1);
  EXPECT_EQ(*migrate(pool, "s", kTwo), 0);
  EXPECT_TRUE(check_schema(pool, "s", kTwo));
}

TEST(Migrate, GivesAStatementAllTheTimeItNeeds) {
  TestDatabase database;
  auto hasty = options(database);
  hasty.statement_timeout = std::chrono::milliseconds(50);
  Pool pool(hasty);
  EXPECT_EQ(*migrate(pool, "s", {{1, "slow", "SELECT pg_sleep(0.2)"}}), 1);
}

TEST(Migrate, RefusesASchemaFromTheFuture) {
  TestDatabase database;
  Pool pool(options(database));
  ASSERT_TRUE(migrate(pool, "s", kTwo));
  EXPECT_EQ(check_schema(pool, "s", {kTwo.front()}).error().code, ErrorCode::internal);
}

TEST(Migrate, LeavesNothingOfOneThatFails) {
  TestDatabase database;
  Pool pool(options(database));
  const std::vector<Migration> broken = {{1, "one", "CREATE TABLE s.a (x int); SELECT nonsense"}};
  EXPECT_FALSE(migrate(pool, "s", broken));
  EXPECT_EQ(*migrate(pool, "s", kTwo), 2);
}

}  // namespace
}  // namespace confab::postgres
