#include "gateway/dialects/v1/people_commands.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_profiles.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace gateway::testing;

using Calls = std::vector<std::string>;

struct PeopleCommandsTest : ::testing::Test {
  TestLoop loop;
  FakeAccounts accounts;
  FakeGatekeeper gate;
  PeopleOnFakes fakes{accounts, gate};
  PeopleCommands commands{fakes.people};

  PeopleCommandsTest() {
    accounts.users = {user(2, "bob")};
    fakes.profiles.users = {user(2, "bob")};
  }

  Result<std::string> run(const std::string& name, const std::string& data) {
    EXPECT_TRUE(PeopleCommands::knows(name));
    return loop.finish(commands.run(user(1, "ann"), name, boost::json::parse(data).as_object()));
  }
};

constexpr auto kBob = R"({"id":2,"uuid":"uuid-bob","username":"bob","name":"Name of bob"})";

TEST_F(PeopleCommandsTest, AnswerWithUsers) {
  EXPECT_EQ(*run("user", R"({"username":"bob"})"), R"({"user":)" + std::string(kBob) + "}");
  EXPECT_EQ(*run("users", R"({"prefix":"b"})"), R"({"users":[)" + std::string(kBob) + "]}");
  EXPECT_EQ(*run("users", R"({"prefix":"b","limit":99999999999})"),
            R"({"users":[)" + std::string(kBob) + "]}");
  EXPECT_EQ(fakes.profiles.calls, (Calls{"find bob", "search b 20", "search b 1000000"}));
  EXPECT_EQ(run("user", R"({"username":"zoe"})").error().code, ErrorCode::user_not_found);
}

TEST_F(PeopleCommandsTest, ChangeNamesAndBlocks) {
  EXPECT_EQ(*run("me.update", R"({"name":"Countess"})"),
            R"({"user":{"id":1,"uuid":"uuid","username":"username","name":"Countess"}})");
  EXPECT_EQ(*run("block", R"({"username":"bob"})"), "{}");
  EXPECT_EQ(*run("unblock", R"({"username":"bob"})"), "{}");
  EXPECT_EQ(*run("blocks", "{}"), R"({"users":[]})");
}

TEST_F(PeopleCommandsTest, AnswerASearchWithWhereAndWhatWasSaid) {
  fakes.people_store.hits.hits = {{"wjLJb3Jo", 7, "msg-7", 1700, user(2, "bob"), "te\"a"}};
  const auto hit = R"({"room":"wjLJb3Jo","seq":7,"msg_id":"msg-7","ts":1700,"sender":)" +
                   std::string(kBob) + R"(,"text":"te\"a"})";
  EXPECT_EQ(*run("search", R"({"q":"tea"})"), R"({"results":[)" + hit + "]}");
  fakes.people_store.hits.cursor = "next";
  EXPECT_EQ(*run("search", R"({"q":"tea","room":"wjLJb3Jo","from":"bob","after":5,"before":9,)"
                           R"("limit":3,"cursor":"c"})"),
            R"({"results":[)" + hit + R"(],"cursor":"next"})");
  const auto& first = fakes.people_store.questions.at(0);
  EXPECT_EQ(first.limit, 20U);
  EXPECT_EQ(first.sender_id, 0);
  const auto& second = fakes.people_store.questions.at(1);
  EXPECT_EQ(second.gid, "wjLJb3Jo");
  EXPECT_EQ(second.sender_id, 2);
  EXPECT_EQ(second.after_ms, 5);
  EXPECT_EQ(second.before_ms, 9);
  EXPECT_EQ(second.limit, 3U);
  EXPECT_EQ(second.cursor, "c");
}

TEST_F(PeopleCommandsTest, NameTheFieldThatIsMissingOrOfTheWrongType) {
  for (const auto& [name, data, field] : std::vector<std::array<const char*, 3>>{
           {"user", "{}", "username"},
           {"users", "{}", "prefix"},
           {"users", R"({"prefix":"a","limit":"5"})", "limit"},
           {"me.update", R"({"name":5})", "name"},
           {"block", "{}", "username"},
           {"unblock", "{}", "username"},
           {"search", "{}", "q"},
           {"search", R"({"q":"a","room":5})", "room"},
           {"search", R"({"q":"a","before":"x"})", "before"},
           {"search", R"({"q":"a","cursor":5})", "cursor"},
       }) {
    const auto outcome = run(name, data);
    ASSERT_FALSE(outcome) << name;
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(outcome.error().message.find(field), std::string::npos) << outcome.error().message;
  }
  EXPECT_TRUE(fakes.people_store.calls.empty());
}

}  // namespace
}  // namespace confab::gateway::dialects
