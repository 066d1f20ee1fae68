#include "gateway/dialects/v1/commands.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_profiles.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace gateway::testing;

using Calls = std::vector<std::string>;

struct OnTestLoop {
  TestLoop loop;
};

struct CommandsTest : ::testing::Test, OnTestLoop, ChatOnFakes {
  FakeGatekeeper gate;
  PeopleOnFakes people_fakes{accounts, gate};
  Commands commands{chat,
                    message_changes,
                    {chat, rooms, read_marks},
                    people_fakes.people,
                    {presence.typing, presence.watching},
                    limits};
  const User ann = user(1, "ann");

  CommandsTest() : ChatOnFakes(loop) {
    store.add_room("wjLJb3Jo", 7);
    accounts.users = {user(2, "bob")};
  }

  Result<std::string> run(const std::string& name, const std::string& data) {
    auto object = boost::json::parse(data).as_object();
    return loop.finish(commands.run(ann, name, std::move(object)));
  }
  ErrorCode code(const std::string& name, const std::string& data) {
    const auto outcome = run(name, data);
    return outcome ? ErrorCode::internal : outcome.error().code;
  }
};

TEST_F(CommandsTest, KnowsItsNamesOnly) {
  for (const auto* name : {"", "Send", "subscribe", "send "}) {
    EXPECT_EQ(code(name, "{}"), ErrorCode::unknown_command) << name;
  }
}

TEST_F(CommandsTest, NameTheFieldThatIsMissingOrOfTheWrongType) {
  const std::vector<std::array<const char*, 3>> bad = {
      {"send", R"({"text":"x"})", "room"},
      {"send", R"({"room":5,"text":"x"})", "room"},
      {"send", R"({"room":"wjLJb3Jo","text":5})", "text"},
      {"send", R"({"room":"wjLJb3Jo","attributes":"x"})", "attributes"},
      {"send", R"({"room":"wjLJb3Jo","client_msg_id":5})", "client_msg_id"},
      {"history", "{}", "room"},
      {"history", R"({"room":"wjLJb3Jo","after":"5"})", "after"},
      {"history", R"({"room":"wjLJb3Jo","before":-5})", "before"},
      {"history", R"({"room":"wjLJb3Jo","before":0})", "before"},
      {"history", R"({"room":"wjLJb3Jo","limit":0})", "limit"},
      {"history", R"({"room":"wjLJb3Jo","after":1,"before":9})", "before"},
      {"room", "{}", "room"},
      {"room.create", "{}", "name"},
      {"room.create", R"({"name":"x","members":"bob"})", "members"},
      {"room.create", R"({"name":"x","members":[5]})", "members"},
      {"direct", "{}", "username"},
      {"member.add", R"({"room":"wjLJb3Jo"})", "username"},
      {"member.add", R"({"room":"wjLJb3Jo","username":"bob","role":1})", "role"},
      {"member.remove", R"({"username":"bob"})", "room"},
      {"room.leave", "{}", "room"},
  };
  for (const auto& [name, data, field] : bad) {
    const auto outcome = run(name, data);
    ASSERT_FALSE(outcome) << name << data;
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument) << name << data;
    EXPECT_NE(outcome.error().message.find(std::string("\"") + field + "\""), std::string::npos)
        << name << data << outcome.error().message;
  }
  EXPECT_TRUE(store.calls.empty());
}

TEST_F(CommandsTest, HandHistoryItsRangeWithinTheLimit) {
  store.grow_to(7, 3);
  const auto page = run("history", R"({"room":"wjLJb3Jo","after":1,"limit":5000})");
  EXPECT_EQ(*page, R"({"room":"wjLJb3Jo","head":{"epoch":1,"seq":3},)"
                   R"("events":[{"seq":2},{"seq":3}],"more":false})");
  EXPECT_EQ(store.ranges.at(0).limit, 1000U);
  EXPECT_EQ(store.ranges.at(0).after, 1U);
  (void)run("history", R"({"room":"wjLJb3Jo","before":3})");
  EXPECT_EQ(store.ranges.at(1).limit, 50U);
  EXPECT_EQ(store.ranges.at(1).before, 3U);
  EXPECT_FALSE(store.ranges.at(1).after);
}

TEST_F(CommandsTest, HandAttributesOnAsCompactJson) {
  ASSERT_TRUE(run("send", R"({"room":"wjLJb3Jo","attributes":{ "image" : {"width": 1} }})"));
  EXPECT_EQ(store.appended.at(0).attributes, R"({"image":{"width":1}})");
}

TEST_F(CommandsTest, HandRoomsAndMembersOn) {
  EXPECT_TRUE(run("room.create", R"({"name":"Lobby","kind":"public","members":["bob"]})"));
  EXPECT_TRUE(run("direct", R"({"username":"bob"})"));
  EXPECT_TRUE(run("room", R"({"room":"wjLJb3Jo"})"));
  EXPECT_TRUE(run("member.add", R"({"room":"wjLJb3Jo","username":"bob","role":"admin"})"));
  EXPECT_EQ(*run("member.remove", R"({"room":"wjLJb3Jo","username":"bob"})"), "{}");
  accounts.users = {ann};
  EXPECT_EQ(*run("room.leave", R"({"room":"wjLJb3Jo"})"), "{}");
  EXPECT_EQ(store.calls, (Calls{"create ann Lobby public bob", "direct ann bob",
                                "room wjLJb3Jo with members", "add wjLJb3Jo ann bob admin",
                                "remove wjLJb3Jo ann 2", "remove wjLJb3Jo ann 1"}));
}

TEST_F(CommandsTest, GiveOnWhatTheOthersSay) {
  EXPECT_EQ(code("direct", R"({"username":"zoe"})"), ErrorCode::user_not_found);
  EXPECT_EQ(code("room", R"({"room":"unknown1"})"), ErrorCode::room_not_found);
  store.members["wjLJb3Jo"] = {2};
  EXPECT_EQ(code("send", R"({"room":"wjLJb3Jo","text":"x"})"), ErrorCode::not_a_member);
  store.rooms_asked.fail_with(ErrorCode::unavailable);
  EXPECT_EQ(code("history", R"({"room":"unknown1"})"), ErrorCode::unavailable);
}

TEST_F(CommandsTest, TellWhoOneIs) {
  EXPECT_EQ(*run("me", "{}"), R"({"user":{"id":1,"uuid":"uuid-ann","username":"ann",)"
                              R"("name":"Name of ann"}})");
}

}  // namespace
}  // namespace confab::gateway::dialects
