#include "ctl/seed_config.hpp"

namespace confab::ctl {
namespace {

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

}  // namespace

SeedConfig::SeedConfig() {
  options.add("users", plan.users, "how many accounts; required");
  options.add("rooms", plan.rooms, "how many rooms");
  options.add("members", plan.members,
              "users in each room; each user gets as many rooms as any other, or one more or less");
  options.add("tokens", tokens,
              "file to write: a line a user, token,username,gid,gid...; only you can read it; "
              "required");
  options.add("prefix", plan.prefix, "users are named <prefix>1, <prefix>2, ...");
  options.add("seed", plan.seed, "another number deals the users to other rooms");
  options.add_secret("password", password,
                     "password of the accounts that are made; without it they get one that nobody "
                     "knows, and only the tokens let in");
  options.add("same-password", same_password,
              "hash that password once for all accounts: seconds instead of minutes, but the "
              "database shows that they are equal");
  options.add("token-life", token_life,
              "life of the access tokens, at least 1m; auth allows at most its "
              "--provisioned-token-life");
  addresses.declare(options);
}

Result<> SeedConfig::check() const {
  if (const auto good = ctl::check(plan); !good) return good;
  if (tokens.empty()) {
    return bad("--tokens is missing: the file to write, e.g. --tokens tokens.csv");
  }
  if (!password.empty() && !is_good_password(password)) {
    return bad("--password must have 8 to 256 bytes");
  }
  if (same_password && password.empty()) {
    return bad("--same-password needs --password (or leave both away: nobody knows it then)");
  }
  if (token_life < std::chrono::minutes(1) || token_life > std::chrono::hours(24 * 365)) {
    return bad("--token-life must be 1m to 8760h");
  }
  return {};
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::ctl {
namespace {

/// What is wrong with these arguments beside good ones; empty when nothing is.
std::string problem(const std::vector<std::string>& more,
                    const std::map<std::string, std::string>& environment = {}) {
  std::vector<std::string> arguments{"--users=10", "--rooms", "4", "--members=5", "--tokens=t.csv"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  SeedConfig config;
  const auto loaded = config.options.load({arguments, environment});
  if (!loaded) return loaded.error().message;
  const auto checked = config.check();
  return checked ? "" : checked.error().message;
}

TEST(SeedConfig, NeedsUsersAndAFile) {
  SeedConfig config;
  EXPECT_NE(config.check().error().message.find("--users"), std::string::npos);
  config.plan.users = 1;
  EXPECT_NE(config.check().error().message.find("--tokens"), std::string::npos);
  config.tokens = "t.csv";
  EXPECT_TRUE(config.check());
  EXPECT_EQ(problem({}), "");
}

TEST(SeedConfig, NamesTheOptionThatCannotWork) {
  for (const std::string option :
       {"--users=-1", "--members=11", "--prefix=a b", "--password=1234567", "--token-life=59s",
        "--token-life=9000h", "--same-password", "--rooms=many", "--unknown=1"}) {
    const auto name = option.substr(0, option.find('='));
    EXPECT_NE(problem({option}).find(name), std::string::npos)
        << option << ": " << problem({option});
  }
}

TEST(SeedConfig, TakesAddressesFromTheEnvironmentThatDevUpWrites) {
  SeedConfig config;
  ASSERT_TRUE(config.options.load({{},
                                   {{"CONFAB_CTL_AUTH_ADDRESS", "a:1"},
                                    {"CONFAB_CTL_MESSAGE_STORES", "b:2,c:3"},
                                    {"CONFAB_AUTH_LISTEN", "not ours"}}}));
  EXPECT_EQ(config.addresses.auth, "a:1");
  EXPECT_EQ(config.addresses.message_stores, (std::vector<std::string>{"b:2", "c:3"}));
}

TEST(SeedConfig, TakesTheSwitchWithoutAValue) {
  EXPECT_EQ(problem({"--password", "correct horse", "--same-password"}), "");
  EXPECT_EQ(problem({"--same-password", "--password", "correct horse"}), "");
}

}  // namespace
}  // namespace confab::ctl
#endif
