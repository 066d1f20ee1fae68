#include "common/config/options.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace confab::config {
namespace {

struct Sample {
  std::string listen = "127.0.0.1:1";
  std::uint16_t pool_size = 4;
  std::chrono::milliseconds patience{30'000};
  std::vector<std::string> urls;
  std::string password;
  bool verbose = false;
  Rate sends{30, std::chrono::seconds(3)};
  Options options{"auth"};

  Sample() {
    options.add("listen", listen, "address to listen on");
    options.add("pool-size", pool_size, "connections to PostgreSQL");
    options.add("patience", patience, "how long to wait");
    options.add("urls", urls, "servers");
    options.add("verbose", verbose, "say more");
    options.add("sends", sends, "messages");
    options.add_secret("password", password, "the password");
  }
};

TEST(Options, FlagsWinOverTheEnvironmentAndTheEnvironmentOverTheFile) {
  const std::string path = testing::TempDir() + "/options.conf";
  std::ofstream(path) << "# a comment\nlisten = file\npool-size = 5\npatience = 2m\n";
  Sample sample;
  const auto loaded = sample.options.load({{"--config", path, "--pool-size=7", "migrate"},
                                           {{"CONFAB_AUTH_POOL_SIZE", "6"},
                                            {"CONFAB_AUTH_LISTEN", "env"},
                                            {"CONFAB_GATEWAY_LISTEN", "not ours"}}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->command, "migrate");
  EXPECT_EQ(sample.listen, "env");
  EXPECT_EQ(sample.pool_size, 7);
  EXPECT_EQ(sample.patience, std::chrono::minutes(2));
}

TEST(Options, NamesTheUnknownKeyAndTheBadValue) {
  const auto failure = [](Input input) {
    Sample sample;
    const auto loaded = sample.options.load(input);
    return loaded ? std::string("accepted") : loaded.error().message;
  };
  EXPECT_NE(failure({{"--pool-sise", "7"}, {}}).find("--pool-sise"), std::string::npos);
  EXPECT_NE(failure({{}, {{"CONFAB_AUTH_LISTN", "x"}}}).find("CONFAB_AUTH_LISTN"),
            std::string::npos);
  EXPECT_NE(failure({{"--pool-size", "70000"}, {}}).find("--pool-size"), std::string::npos);
  EXPECT_NE(failure({{"--patience", "5"}, {}}).find("--patience"), std::string::npos);
  EXPECT_NE(failure({{"--listen"}, {}}).find("needs a value"), std::string::npos);
  EXPECT_NE(failure({{"--urls", "a,,b"}, {}}).find("--urls"), std::string::npos);
}

TEST(Options, ReadsRatesAndRefusesWhatIsNone) {
  const auto read = [](const std::string& text) {
    Sample sample;
    if (!sample.options.load({{"--sends=" + text}, {}})) return std::string("refused");
    return std::to_string(sample.sends.count) + " in " +
           std::to_string(sample.sends.period.count());
  };
  EXPECT_EQ(read("5/15m"), "5 in 900000");
  EXPECT_EQ(read("1/200ms"), "1 in 200");
  EXPECT_EQ(read("0"), "0 in 0");
  for (const auto* bad : {"", "5", "5/", "/3s", "5/0s", "0/3s", "-1/3s", "5/3", "9999999/1s"}) {
    EXPECT_EQ(read(bad), "refused") << bad;
  }
}

TEST(Options, ASwitchMayStandAlone) {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--verbose"},
                                                    {"--verbose", "migrate"},
                                                    {"--verbose", "--pool-size=7"},
                                                    {"--verbose", "true", "migrate"}}) {
    Sample sample;
    ASSERT_TRUE(sample.options.load({arguments, {}}));
    EXPECT_TRUE(sample.verbose);
  }
  Sample sample;
  sample.verbose = true;
  ASSERT_TRUE(sample.options.load({{"--verbose", "false"}, {}}));
  EXPECT_FALSE(sample.verbose);
}

TEST(Options, ReadsSecretsFromFilesAndNeverPrintsThem) {
  const std::string path = testing::TempDir() + "/secret";
  std::ofstream(path) << "hunter2\n";
  Sample sample;
  ASSERT_TRUE(sample.options.load({{}, {{"CONFAB_AUTH_PASSWORD_FILE", path}}}));
  EXPECT_EQ(sample.password, "hunter2");
  EXPECT_EQ(sample.options.print().find("hunter2"), std::string::npos);
  EXPECT_EQ(sample.options.help().find("hunter2"), std::string::npos);
}

TEST(Options, PrintsWhatAFileCouldHold) {
  Sample sample;
  ASSERT_TRUE(sample.options.load({{"--urls=a,b", "--verbose=true"}, {}}));
  EXPECT_EQ(sample.options.print(),
            "listen = 127.0.0.1:1\npool-size = 4\npatience = 30s\nurls = a,b\nverbose = true\n"
            "sends = 30/3s\npassword = \n");
}

}  // namespace
}  // namespace confab::config
