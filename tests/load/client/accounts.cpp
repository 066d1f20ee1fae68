#include "client/accounts.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

namespace confab::load {

Population parse_accounts(const std::string& text, const std::string& name) {
  Population population;
  std::unordered_map<std::string, std::uint32_t> known;
  std::istringstream lines(text);
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty() || line.starts_with("token,")) continue;  // A heading.
    std::istringstream fields(line);
    Account account;
    if (!std::getline(fields, account.token, ',') || !std::getline(fields, account.user, ',')) {
      throw std::runtime_error(name + ":" + std::to_string(number) +
                               ": expected token,user,room[,room...]");
    }
    std::string gid;
    while (std::getline(fields, gid, ',')) {
      const auto next = static_cast<std::uint32_t>(population.gids.size());
      const auto [place, added] = known.try_emplace(gid, next);
      if (added) population.gids.push_back(gid);
      account.rooms.push_back(place->second);
    }
    population.accounts.push_back(std::move(account));
  }
  if (population.accounts.empty()) throw std::runtime_error(name + ": there are no accounts");
  return population;
}

Population read_accounts(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return parse_accounts(text.str(), path);
}

}  // namespace confab::load

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::load {
namespace {

TEST(Accounts, ShareTheirRooms) {
  const auto read = parse_accounts("token,user,rooms\nt1,ada,r1,r2\nt2,bob,r2\n\n", "x");
  ASSERT_EQ(read.accounts.size(), 2U);
  EXPECT_EQ(read.gids, (std::vector<std::string>{"r1", "r2"}));
  EXPECT_EQ(read.accounts[0].rooms, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(read.accounts[1].rooms, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(read.accounts[1].token, "t2");
}

TEST(Accounts, NameTheLineThatIsWrong) {
  try {
    static_cast<void>(parse_accounts("t1,ada,r1\nnonsense\n", "file.csv"));
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("file.csv:2"), std::string::npos);
  }
}

}  // namespace
}  // namespace confab::load
#endif
