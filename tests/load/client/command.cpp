#include "client/command.hpp"

#include <sstream>
#include <stdexcept>

namespace confab::load {

Command::Command(const std::string& line) {
  std::istringstream words(line);
  words >> name_;
  std::string word;
  while (words >> word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) throw std::runtime_error("expected key=value, not " + word);
    values_[word.substr(0, equals)] = word.substr(equals + 1);
  }
}

double Command::number(const std::string& key, double otherwise) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return otherwise;
  try {
    std::size_t used = 0;
    const auto value = std::stod(found->second, &used);
    if (used == found->second.size() && value >= 0) return value;
  } catch (const std::logic_error&) {  // Not a number, or too large: as below.
  }
  throw std::runtime_error(key + "=" + found->second + " is not a number of at least 0");
}

std::size_t Command::count(const std::string& key, std::size_t otherwise) const {
  return static_cast<std::size_t>(number(key, static_cast<double>(otherwise)));
}

}  // namespace confab::load

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

namespace confab::load {
namespace {

TEST(Command, HasANameAndNumbers) {
  const Command command("run rate=200 seconds=2.5");
  EXPECT_EQ(command.name(), "run");
  EXPECT_EQ(command.count("rate", 1), 200U);
  EXPECT_EQ(command.number("seconds", 1), 2.5);
  EXPECT_EQ(command.count("bytes", 128), 128U);
}

TEST(Command, RefusesWhatIsNoNumber) {
  EXPECT_THROW(static_cast<void>(Command("run rate=fast").number("rate", 1)), std::runtime_error);
  EXPECT_THROW(static_cast<void>(Command("run rate=-1").number("rate", 1)), std::runtime_error);
  EXPECT_THROW(Command("run fast"), std::runtime_error);
}

}  // namespace
}  // namespace confab::load
#endif
