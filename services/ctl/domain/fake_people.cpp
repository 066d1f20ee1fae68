#include "ctl/domain/fake_people.hpp"

#include <array>
#include <cctype>
#include <unordered_map>

namespace confab::ctl {
namespace {

constexpr std::array<std::string_view, 72> kFirst = {
    "Ada",    "Ahmed", "Aiko",  "Amara",  "Ana",   "Anton", "Asha",   "Astrid", "Bela",
    "Bianca", "Boris", "Carla", "Carlos", "Chen",  "Chidi", "Clara",  "Dalia",  "Daniel",
    "Deniz",  "Diego", "Dora",  "Elif",   "Emil",  "Emma",  "Erik",   "Esther", "Fatima",
    "Felix",  "Finn",  "Freya", "Gita",   "Greta", "Hana",  "Hugo",   "Ilse",   "Imran",
    "Ines",   "Isaac", "Ivan",  "Jana",   "Jonas", "Jose",  "Kaia",   "Karim",  "Kofi",
    "Lara",   "Leila", "Leon",  "Lin",    "Lucia", "Malik", "Mara",   "Marco",  "Mina",
    "Nadia",  "Nils",  "Noor",  "Olga",   "Omar",  "Oscar", "Paula",  "Pavel",  "Priya",
    "Rosa",   "Samir", "Sofia", "Tariq",  "Tomas", "Uma",   "Viktor", "Yuki",   "Zoe"};

constexpr std::array<std::string_view, 64> kLast = {
    "Abara",   "Ahlgren", "Akande",  "Almeida",  "Andersen", "Aydin",   "Bauer",   "Becker",
    "Berg",    "Bianchi", "Castro",  "Chandra",  "Costa",    "Cruz",    "Dahl",    "Demir",
    "Diaz",    "Dubois",  "Eriksen", "Farah",    "Fischer",  "Fontana", "Garcia",  "Gomez",
    "Gupta",   "Haddad",  "Hansen",  "Hoffmann", "Horvat",   "Hussein", "Ivanova", "Jansen",
    "Kaplan",  "Keller",  "Khan",    "Kim",      "Kovacs",   "Kumar",   "Larsen",  "Lehmann",
    "Lopez",   "Mancini", "Martin",  "Meyer",    "Moreau",   "Mori",    "Mwangi",  "Nakamura",
    "Navarro", "Nguyen",  "Novak",   "Okafor",   "Olsen",    "Osman",   "Park",    "Pereira",
    "Petrov",  "Rahman",  "Romano",  "Santos",   "Sato",     "Silva",   "Tanaka",  "Weber"};

std::string lower(std::string_view text) {
  std::string out;
  for (const unsigned char c : text) out += static_cast<char>(std::tolower(c));
  return out;
}

}  // namespace

std::vector<AccountPlan> fake_people(std::size_t count, Numbers& numbers) {
  std::unordered_map<std::string, std::size_t> namesakes;
  std::vector<AccountPlan> people;
  people.reserve(count);
  while (people.size() < count) {
    const std::string first(numbers.pick(kFirst));
    const std::string last(numbers.pick(kLast));
    auto username = lower(first) + "." + lower(last);
    const auto before = namesakes[username]++;
    if (before > 0) username += std::to_string(before + 1);
    auto name = first;
    name.append(" ").append(last);
    people.push_back({std::move(username), std::move(name), {}, {}});
  }
  return people;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include <set>

namespace confab::ctl {
namespace {

TEST(FakePeople, AreTheSameEveryTimeAndOthersByAnotherSeed) {
  Numbers one(1);
  Numbers same(1);
  Numbers other(2);
  const auto people = fake_people(50, one);
  const auto again = fake_people(50, same);
  const auto others = fake_people(50, other);
  std::size_t equal = 0;
  for (std::size_t i = 0; i < people.size(); ++i) {
    EXPECT_EQ(people[i].username, again[i].username);
    EXPECT_EQ(people[i].name, again[i].name);
    if (people[i].username == others[i].username) ++equal;
  }
  EXPECT_LT(equal, 5U);
}

TEST(FakePeople, HaveNamesOfTheirOwnAlsoWhereThereAreManyOfThem) {
  Numbers numbers(1);
  std::set<std::string> usernames;
  for (const auto& person : fake_people(50'000, numbers)) {
    EXPECT_LE(person.username.size(), 32U);
    EXPECT_NE(person.name.find(' '), std::string::npos);
    usernames.insert(person.username);
  }
  EXPECT_EQ(usernames.size(), 50'000U);
}

}  // namespace
}  // namespace confab::ctl
#endif
