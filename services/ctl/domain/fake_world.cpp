#include "ctl/domain/fake_world.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "ctl/domain/fake_people.hpp"
#include "ctl/domain/numbers.hpp"
#include "ctl/domain/small_talk.hpp"

namespace confab::ctl {
namespace {

constexpr std::size_t kLargestGroup = 40;
constexpr std::size_t kUsersAGroup = 6;    // One group for so many users.
constexpr std::size_t kFewestOfARoom = 4;  // Messages, where there are enough.
constexpr std::size_t kMostAtATime = 24;   // Messages without a long pause.
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 24 * kHour;

Error bad(std::string message) { return {ErrorCode::invalid_argument, std::move(message)}; }

std::uint64_t seed_of(const FakePlan& plan, std::string_view what) {
  return hash_of(std::string(what) + "/" + std::to_string(plan.users) + "/" +
                 std::to_string(plan.messages) + "/" + std::to_string(plan.seed));
}

/// So many of `users` who all differ.
std::vector<std::size_t> draw(std::size_t count, std::size_t users, Numbers& numbers) {
  std::vector<std::size_t> out;
  std::unordered_set<std::size_t> held;
  while (out.size() < count) {
    const auto user = numbers.below(users);
    if (held.insert(user).second) out.push_back(user);
  }
  return out;
}

}  // namespace

Result<> check(const FakePlan& plan) {
  if (plan.users == 0) return bad("--users is missing: how many people, e.g. --users 50");
  if (plan.users > kMostFakeUsers) {
    return bad("--users may be at most " + std::to_string(kMostFakeUsers));
  }
  if (plan.messages > kMostFakeMessages) {
    return bad("--messages may be at most " + std::to_string(kMostFakeMessages));
  }
  if (plan.weeks == 0 || plan.weeks > kMostWeeks) {
    return bad("--weeks must be 1 to " + std::to_string(kMostWeeks));
  }
  return {};
}

FakeWorld::FakeWorld(const FakePlan& plan) : plan_(plan) {
  // People of the same seed are the same however much they say.
  Numbers numbers(hash_of("people/" + std::to_string(plan.seed)));
  people_ = fake_people(plan.users, numbers);
  add_rooms();
  share_messages();
}

void FakeWorld::add_rooms() {
  Numbers numbers(seed_of(plan_, "rooms"));
  SmallTalk talk(numbers);
  const auto most = std::max<std::size_t>(1, plan_.messages / kFewestOfARoom);
  const auto groups = std::min(most, plan_.users / kUsersAGroup + 1);
  std::set<std::string> gids;
  while (rooms_.size() < groups) {
    auto gid = make_gid(numbers);
    if (!gids.insert(gid).second) continue;
    const auto largest = std::min(plan_.users, kLargestGroup);
    const auto size = largest <= 3 ? largest : 3 + numbers.below(largest - 2);
    rooms_.push_back({std::move(gid), talk.room_name(), draw(size, plan_.users, numbers), "",
                      talk.room_topic()});
  }
  add_direct_rooms(most, numbers);
  const auto begin =
      (plan_.until.time_since_epoch().count() - static_cast<std::int64_t>(plan_.weeks) * 7 * kDay) *
      1000;
  for (auto& room : rooms_) room.created_ms = begin;
}

/// Two for each user, as long as there is something to say in them.
void FakeWorld::add_direct_rooms(std::size_t most, Numbers& numbers) {
  if (plan_.users < 2) return;
  const auto pairs = plan_.users > 1000
                         ? 2 * plan_.users
                         : std::min(2 * plan_.users, plan_.users * (plan_.users - 1) / 2);
  const auto wanted = std::min(most, rooms_.size() + pairs);
  std::set<std::pair<std::size_t, std::size_t>> taken;
  while (rooms_.size() < wanted) {
    const auto two = draw(2, plan_.users, numbers);
    if (!taken.insert(std::minmax(two[0], two[1])).second) continue;
    rooms_.push_back({make_gid(numbers), "", two, "direct"});
  }
}

/// The first rooms are much busier than the last.
void FakeWorld::share_messages() {
  const auto rooms = rooms_.size();
  const auto least = std::min(kFewestOfARoom, plan_.messages / rooms);
  auto left = plan_.messages - least * rooms;
  double weights = 0;
  for (std::size_t i = 0; i < rooms; ++i) weights += 1.0 / static_cast<double>(i + 2);
  const auto shared = static_cast<double>(left);
  for (std::size_t i = 0; i < rooms; ++i) {
    const auto share =
        std::min(left, static_cast<std::size_t>(shared / weights / static_cast<double>(i + 2)));
    messages_.push_back(least + share);
    left -= share;
  }
  messages_.front() += left;
}

/// When things are said, in seconds: in bursts, by day rather than by night. `fresh` tells which
/// begin one.
std::vector<std::int64_t> FakeWorld::times(std::size_t count, Numbers& numbers,
                                           std::vector<bool>& fresh) const {
  const auto end = plan_.until.time_since_epoch().count();
  const auto begin = end - static_cast<std::int64_t>(plan_.weeks) * 7 * kDay;
  std::vector<std::int64_t> starts;
  for (std::size_t made = 0; made < count; made += kMostAtATime / 2) {
    const auto day = static_cast<std::int64_t>(numbers.below(plan_.weeks * 7));
    const auto hour = 7 + static_cast<std::int64_t>(std::min(numbers.below(15), numbers.below(18)));
    starts.push_back(begin + day * kDay + hour * kHour +
                     static_cast<std::int64_t>(numbers.below(kHour)));
  }
  std::sort(starts.begin(), starts.end());
  std::vector<std::int64_t> out;
  auto now = begin;
  for (std::size_t burst = 0; out.size() < count; ++burst) {
    now = std::max(now + 1, starts[std::min(burst, starts.size() - 1)]);
    const auto length = kMostAtATime / 2 + numbers.below(kMostAtATime / 2);
    for (std::size_t i = 0; i < length && out.size() < count; ++i) {
      fresh.push_back(i == 0);
      out.push_back(now);
      now += 4 + static_cast<std::int64_t>(numbers.below(numbers.one_in(6) ? 600 : 80));
    }
  }
  // Where so much is said that it does not fit, everybody is faster.
  const auto last = out.empty() ? begin : out.back();
  if (last < end) return out;
  for (auto& time : out) {
    time = begin + static_cast<std::int64_t>(static_cast<double>(time - begin) *
                                             static_cast<double>(end - 1 - begin) /
                                             static_cast<double>(last - begin));
  }
  return out;
}

Conversation FakeWorld::talk_in(std::size_t room) const {
  const auto& plan = rooms_[room];
  Numbers numbers(seed_of(plan_, "talk/" + plan.gid));
  SmallTalk talk(numbers);
  std::vector<bool> fresh;
  const auto when = times(messages_[room], numbers, fresh);
  Conversation out{plan.gid, {}};
  out.messages.reserve(when.size());
  SmallTalk::Line line;
  std::size_t speaker = plan.members.front();
  for (std::size_t i = 0; i < when.size(); ++i) {
    const auto& name = people_[speaker].name;
    line = fresh[i] ? talk.open() : talk.reply(line, name.substr(0, name.find(' ')));
    // Who has just spoken seldom goes on.
    auto next = numbers.pick(plan.members);
    if (next == speaker && !numbers.one_in(4)) next = numbers.pick(plan.members);
    speaker = next;
    out.messages.push_back({speaker, "fake-" + std::to_string(i), line.text, "",
                            when[i] * 1000 + static_cast<std::int64_t>(numbers.below(1000))});
  }
  for (std::size_t i = 1; i < out.messages.size(); ++i) {
    out.messages[i].ms = std::max(out.messages[i].ms, out.messages[i - 1].ms);
  }
  return out;
}

Result<Faked> make_world(const FakeWorld& world, const std::string& password,
                         Provisioner& provisioner) {
  Faked out;
  const auto accounts = provisioner.make_accounts({world.people(), password, true, {}});
  if (!accounts) return accounts.error();
  out.accounts = accounts->accounts.size();
  for (const auto& account : accounts->accounts) {
    if (account.made) ++out.accounts_made;
  }
  out.someone = accounts->accounts.front().username;
  const auto rooms = provisioner.make_rooms(accounts->accounts, world.rooms());
  if (!rooms) return rooms.error();
  out.rooms = rooms->gids.size();
  out.rooms_made = rooms->made;
  const auto next = [&](std::size_t i) {
    // What two have said to each other before is not ours to go on with.
    if (rooms->gids[i] != world.rooms()[i].gid) {
      ++out.left_alone;
      return Conversation{};
    }
    return world.talk_in(i);
  };
  const auto added =
      provisioner.add_past(accounts->accounts, rooms->gids.size(), world.messages(), next);
  if (!added) return added.error();
  out.messages = *added;
  return out;
}

}  // namespace confab::ctl

#ifdef CONFAB_UNIT_TESTS
#include <gtest/gtest.h>

#include "ctl/domain/fake_services.hpp"

namespace confab::ctl {
namespace {

constexpr std::chrono::sys_seconds kUntil{std::chrono::seconds(1'700'000'000)};

FakePlan plan(std::size_t users, std::size_t messages, std::uint64_t seed = 1) {
  return {users, messages, seed, 6, kUntil};
}

std::size_t said(const FakeWorld& world) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < world.rooms().size(); ++i) count += world.talk_in(i).messages.size();
  return count;
}

TEST(FakeWorld, HasAsManyPeopleAndMessagesAsWanted) {
  for (const auto& [users, messages] : {std::pair{1U, 1U},
                                        {1U, 100U},
                                        {2U, 0U},
                                        {2U, 3U},
                                        {3U, 10U},
                                        {20U, 1000U},
                                        {500U, 501U},
                                        {300U, 20'000U}}) {
    const FakeWorld world(plan(users, messages));
    EXPECT_EQ(world.people().size(), users);
    EXPECT_EQ(said(world), messages) << users;
  }
}

TEST(FakeWorld, IsTheSameEveryTimeAndAnotherByAnotherSeed) {
  const FakeWorld one(plan(30, 2000));
  const FakeWorld again(plan(30, 2000));
  const FakeWorld other(plan(30, 2000, 2));
  ASSERT_EQ(one.rooms().size(), again.rooms().size());
  for (std::size_t i = 0; i < one.rooms().size(); ++i) {
    EXPECT_EQ(one.rooms()[i].gid, again.rooms()[i].gid);
    EXPECT_EQ(one.rooms()[i].members, again.rooms()[i].members);
    const auto talk = one.talk_in(i);
    const auto same = again.talk_in(i);
    ASSERT_EQ(talk.messages.size(), same.messages.size());
    for (std::size_t m = 0; m < talk.messages.size(); ++m) {
      EXPECT_EQ(talk.messages[m].text, same.messages[m].text);
      EXPECT_EQ(talk.messages[m].ms, same.messages[m].ms);
      EXPECT_EQ(talk.messages[m].sender, same.messages[m].sender);
    }
  }
  EXPECT_NE(one.rooms()[0].gid, other.rooms()[0].gid);
}

TEST(FakeWorld, HasGroupsWithNamesAndTopicsAndDirectRoomsOfTwo) {
  const FakeWorld world(plan(60, 5000));
  std::size_t direct = 0;
  std::set<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& room : world.rooms()) {
    EXPECT_EQ(std::set<std::size_t>(room.members.begin(), room.members.end()).size(),
              room.members.size());
    EXPECT_EQ(room.name.empty(), room.kind == "direct");
    EXPECT_EQ(room.topic.empty(), room.kind == "direct");
    if (room.kind != "direct") continue;
    ++direct;
    EXPECT_EQ(room.members.size(), 2U);
    EXPECT_TRUE(pairs.insert(std::minmax(room.members[0], room.members[1])).second);
  }
  EXPECT_GT(direct, world.rooms().size() / 2);
  EXPECT_LT(direct, world.rooms().size());
}

TEST(FakeWorld, TalksInTheOrderOfTimeWithinItsWeeks) {
  const auto end = kUntil.time_since_epoch().count() * 1000;
  // The second says more than one can say in the time.
  for (const auto& wanted : {plan(20, 3000), FakePlan{2, 200'000, 1, 1, kUntil}}) {
    const FakeWorld world(wanted);
    const auto begin = end - static_cast<std::int64_t>(wanted.weeks) * 7 * kDay * 1000;
    for (std::size_t i = 0; i < world.rooms().size(); ++i) {
      auto last = begin;
      EXPECT_EQ(world.rooms()[i].created_ms, begin);
      for (const auto& message : world.talk_in(i).messages) {
        EXPECT_GE(message.ms, last);
        last = message.ms;
      }
      EXPECT_LT(last, end);
    }
  }
  const auto busy = FakeWorld(plan(20, 3000)).talk_in(0).messages;
  EXPECT_GT(busy.back().ms - busy.front().ms, 4 * 7 * kDay * 1000) << "spread over the weeks";
}

TEST(FakeWorld, LeavesDirectRoomsAloneThatOthersHaveMade) {
  FakeAccountMaker accounts;
  FakeRoomMaker rooms;
  const FakeWorld world(plan(6, 500));
  const auto direct = std::find_if(world.rooms().begin(), world.rooms().end(),
                                   [](const RoomPlan& room) { return room.kind == "direct"; });
  rooms.other_gids[direct->gid] = "another1";
  Provisioner provisioner(accounts, rooms, [](auto...) {});
  const auto made = make_world(world, "password1", provisioner);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->left_alone, 1U);
  EXPECT_FALSE(rooms.said.contains("another1"));
  EXPECT_LT(made->messages, 500U);
  EXPECT_EQ(made->accounts_made, 6U);
}

TEST(FakePlan, NamesTheOptionThatCannotBe) {
  const auto problem = [](const FakePlan& plan) {
    const auto good = check(plan);
    return good ? std::string() : good.error().message;
  };
  EXPECT_EQ(problem(plan(1, 0)), "");
  EXPECT_NE(problem(plan(0, 5)).find("--users"), std::string::npos);
  EXPECT_NE(problem(plan(kMostFakeUsers + 1, 5)).find("--users"), std::string::npos);
  EXPECT_NE(problem(plan(1, kMostFakeMessages + 1)).find("--messages"), std::string::npos);
  EXPECT_NE(problem({1, 1, 1, 0, kUntil}).find("--weeks"), std::string::npos);
}

}  // namespace
}  // namespace confab::ctl
#endif
