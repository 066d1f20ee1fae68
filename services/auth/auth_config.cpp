#include "auth/auth_config.hpp"

#include "common/postgres/url.hpp"
#include "common/runtime/address.hpp"

namespace confab::auth {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

}  // namespace

AuthConfig::AuthConfig() {
  options.add("listen", listen, "ip:port the gateways call");
  options.add_secret("database-url", database_url,
                     "PostgreSQL, e.g. postgresql://confab:password@host:5432/confab; required");
  options.add("database-connections", database_connections,
              "connections to PostgreSQL, and threads for calls that do not hash");
  options.add("request-queue", request_queue,
              "calls that wait for one of those threads; more are refused as overloaded");
  options.add("hash-threads", hash_threads,
              "threads that hash passwords; each uses hash-memory-kib and at most one processor");
  options.add("hash-queue", hash_queue,
              "logins and registrations that wait for one; more are refused as overloaded");
  options.add("hash-memory-kib", hashing_cost.memory_kib,
              "memory of one password hash in KiB, at least 19456");
  options.add("hash-iterations", hashing_cost.iterations, "passes over that memory, at least 2");
  options.add("insecure-fast-hashing", insecure_fast_hashing,
              "hash at almost no cost instead: for load tests, never for real passwords");
  options.add("access-token-life", lives.access, "how long an access token works, 1m to 24h");
  options.add("refresh-token-life", lives.refresh,
              "how long a session lasts after its refresh token was last used");
  options.add("provisioning", provisioning,
              "let operators make accounts and get tokens of any user in bulk (confabctl seed); "
              "for benchmarks and tests");
  options.add("provisioned-token-life", provisioned_token_life,
              "the longest life of an access token given so, 1m to 24h");
  options.add("login-failures", login_limit.failures,
              "failed logins of one username until further ones are refused");
  options.add("login-window", login_limit.window, "how long they count, and are refused");
}

postgres::PoolOptions AuthConfig::pool() const {
  postgres::PoolOptions pool;
  pool.url = database_url;
  pool.connections = database_connections;
  pool.application_name = "confab-auth";
  return pool;
}

Result<> AuthConfig::check() const {
  if (const auto endpoint = runtime::parse_endpoint(listen); !endpoint) {
    return bad("--listen: " + endpoint.error().message);
  }
  if (database_url.empty()) {
    return bad("database-url is required: set CONFAB_AUTH_DATABASE_URL or --database-url-file");
  }
  if (const auto good = postgres::check_url(database_url); !good) {
    return bad("--database-url: " + good.error().message);
  }
  if (database_connections < 1 || database_connections > 1000) {
    return bad("--database-connections must be 1 to 1000");
  }
  if (request_queue < 1) return bad("--request-queue must be at least 1");
  if (login_limit.failures < 1) return bad("--login-failures must be at least 1");
  if (const auto good = check_hashing(); !good) return good;
  return check_lives();
}

Result<> AuthConfig::check_hashing() const {
  if (hash_threads < 1 || hash_threads > 256) return bad("--hash-threads must be 1 to 256");
  if (hash_queue < 1) return bad("--hash-queue must be at least 1");
  if (hashing_cost.memory_kib > 4'194'304) return bad("--hash-memory-kib may be at most 4194304");
  if (hashing_cost.iterations > 100) return bad("--hash-iterations may be at most 100");
  if (insecure_fast_hashing) return {};
  if (hashing_cost.memory_kib < kLeastSafeCost.memory_kib ||
      hashing_cost.iterations < kLeastSafeCost.iterations) {
    return bad("--hash-memory-kib must be at least " + std::to_string(kLeastSafeCost.memory_kib) +
               " and --hash-iterations at least " + std::to_string(kLeastSafeCost.iterations) +
               "; load tests may set --insecure-fast-hashing=true");
  }
  return {};
}

Result<> AuthConfig::check_lives() const {
  if (lives.access < std::chrono::minutes(1) || lives.access > std::chrono::hours(24)) {
    return bad("--access-token-life must be 1m to 24h");
  }
  if (provisioned_token_life < std::chrono::minutes(1) ||
      provisioned_token_life > std::chrono::hours(24)) {
    return bad("--provisioned-token-life must be 1m to 24h");
  }
  if (lives.refresh < lives.access) {
    return bad("--refresh-token-life must not be shorter than --access-token-life");
  }
  return {};
}

}  // namespace confab::auth

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::auth {
namespace {

const std::string kUrl = "--database-url=postgresql://localhost/confab";

/// What is wrong with these arguments; empty when nothing is.
std::string problem(std::vector<std::string> arguments) {
  AuthConfig config;
  const auto loaded = config.options.load({std::move(arguments), {}});
  if (!loaded) return loaded.error().message;
  const auto checked = config.check();
  return checked ? "" : checked.error().message;
}

TEST(AuthConfig, NeedsOnlyTheDatabase) {
  EXPECT_EQ(problem({kUrl}), "");
  EXPECT_NE(problem({}).find("CONFAB_AUTH_DATABASE_URL"), std::string::npos);
}

TEST(AuthConfig, NamesTheOptionThatCannotWork) {
  for (const std::string option :
       {"--listen=localhost", "--database-connections=0", "--request-queue=0", "--hash-threads=0",
        "--hash-queue=0", "--hash-memory-kib=1024", "--hash-iterations=1", "--login-failures=0",
        "--access-token-life=1s", "--refresh-token-life=1m", "--provisioned-token-life=25h",
        "--database-url=mysql://x"}) {
    const auto name = option.substr(0, option.find('='));
    EXPECT_NE(problem({kUrl, option}).find(name), std::string::npos) << option;
  }
}

TEST(AuthConfig, HashesFastOnlyWhenToldSo) {
  EXPECT_EQ(problem({kUrl, "--insecure-fast-hashing=true", "--hash-memory-kib=64"}), "");
}

TEST(AuthConfig, ProvisionsOnlyWhenToldSo) {
  AuthConfig config;
  EXPECT_FALSE(config.provisioning);
  EXPECT_EQ(config.effective_lives().longest_access(), config.lives.access);
  ASSERT_TRUE(config.options.load({{kUrl, "--provisioning"}, {}}));
  EXPECT_TRUE(config.provisioning);
  EXPECT_EQ(config.effective_lives().longest_access(), config.provisioned_token_life);
}

TEST(AuthConfig, NeverShowsTheDatabasePassword) {
  AuthConfig config;
  ASSERT_TRUE(config.options.load({{"--database-url=postgresql://u:hunter2@h/d"}, {}}));
  EXPECT_EQ(config.options.print().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace confab::auth
#endif
