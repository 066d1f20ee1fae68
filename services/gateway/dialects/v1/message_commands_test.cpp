#include "gateway/dialects/v1/message_commands.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "gateway/dialects/v1/commands.hpp"
#include "gateway/domain/fake_people.hpp"
#include "gateway/domain/fake_profiles.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace gateway::testing;

struct OnTestLoop {
  TestLoop loop;
};

struct MessageCommandsTest : ::testing::Test, OnTestLoop, ChatOnFakes {
  FakeGatekeeper gate;
  PeopleOnFakes people_fakes{accounts, gate};
  Commands commands{chat, message_changes, {chat, rooms, read_marks}, people_fakes.people, limits};
  const User ann = user(1, "ann");

  MessageCommandsTest() : ChatOnFakes(loop) {
    store.add_room("wjLJb3Jo", 7);
    accounts.users = {user(2, "bob")};
  }
  Result<std::string> run(const std::string& name, const std::string& fields) {
    auto object = boost::json::parse(R"({"room":"wjLJb3Jo")" + fields + "}").as_object();
    return loop.finish(commands.run(ann, name, std::move(object)));
  }
  template <typename What>
  const What& last() {
    return std::get<What>(change_store.changes.back().what);
  }
};

TEST_F(MessageCommandsTest, NameTheFieldThatIsMissingOrOfTheWrongType) {
  const std::vector<std::array<std::string, 3>> bad = {
      {"edit", "", "seq"},
      {"edit", R"(,"seq":1)", "text"},
      {"edit", R"(,"seq":"1","text":"x")", "seq"},
      {"edit", R"(,"seq":1,"text":"x","attributes":[])", "attributes"},
      {"edit", R"(,"seq":1,"text":"x","mentions":"bob")", "mentions"},
      {"send", R"(,"text":"x","reply_to":"1")", "reply_to"},
      {"history", R"(,"raw":1)", "raw"},
      {"redact", R"(,"seq":-1)", "seq"},
      {"react", R"(,"seq":1)", "reaction"},
      {"react", R"(,"seq":1,"reaction":"x","remove":"yes")", "remove"},
      {"pin", R"(,"seq":1,"pinned":0)", "pinned"},
  };
  for (const auto& [name, fields, field] : bad) {
    const auto outcome = run(name, fields);
    ASSERT_FALSE(outcome) << name << fields;
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument) << name << fields;
    EXPECT_NE(outcome.error().message.find("\"" + field + "\""), std::string::npos)
        << name << fields << outcome.error().message;
  }
  EXPECT_TRUE(change_store.changes.empty() && store.appended.empty());
}

TEST_F(MessageCommandsTest, HandChangesOnAndAnswerWithThePlaceOfTheEntry) {
  EXPECT_EQ(*run("edit", R"(,"seq":5,"text":"new","attributes":{},"mentions":["bob"],)"
                         R"("client_msg_id":"c")"),
            R"({"room":"wjLJb3Jo","changed":true,"epoch":1,"seq":101,"msg_id":"msg","ts":1700,)"
            R"("client_msg_id":"c"})");
  EXPECT_EQ(last<Edit>().text, "new");
  EXPECT_EQ(last<Edit>().attributes, "{}");
  EXPECT_EQ(last<Edit>().mentions.at(0).id, 2);
  ASSERT_TRUE(run("edit", R"(,"seq":5,"text":"new")"));
  EXPECT_FALSE(last<Edit>().attributes);
  EXPECT_EQ(*run("redact", R"(,"seq":6)"),
            R"({"room":"wjLJb3Jo","changed":true,"epoch":1,"seq":103,"msg_id":"msg","ts":1700})");
  EXPECT_EQ(change_store.changes.back().target_seq, 6U);
  ASSERT_TRUE(run("react", R"(,"seq":6,"reaction":"+1")"));
  EXPECT_FALSE(last<React>().remove);
  ASSERT_TRUE(run("react", R"(,"seq":6,"reaction":"+1","remove":true)"));
  EXPECT_TRUE(last<React>().remove);
  ASSERT_TRUE(run("pin", R"(,"seq":6)"));
  EXPECT_TRUE(last<Pin>().pinned);
  change_store.changed = false;
  EXPECT_EQ(*run("pin", R"(,"seq":6,"pinned":false)"), R"({"room":"wjLJb3Jo","changed":false})");
  EXPECT_FALSE(last<Pin>().pinned);
}

TEST_F(MessageCommandsTest, ListPinsAsHistoryIsListed) {
  change_store.pinned.entries = {entry(7, 3), entry(7, 1)};
  change_store.pinned.head = {1, 9, ""};
  EXPECT_EQ(*run("pins", ""), R"({"room":"wjLJb3Jo","head":{"epoch":1,"seq":9},)"
                              R"("events":[{"seq":3},{"seq":1}],"more":false})");
}

TEST_F(MessageCommandsTest, ReadHistoryFoldedUnlessRawIsWanted) {
  ASSERT_TRUE(run("history", ""));
  ASSERT_TRUE(run("history", R"(,"raw":true)"));
  ASSERT_TRUE(run("history", R"(,"raw":false)"));
  EXPECT_TRUE(store.ranges.at(0).folded);
  EXPECT_FALSE(store.ranges.at(1).folded);
  EXPECT_TRUE(store.ranges.at(2).folded);
}

TEST_F(MessageCommandsTest, SendRepliesAndMentionsInTheirOrder) {
  ASSERT_TRUE(run("send", R"(,"text":"known room")"));
  accounts.calls.clear();
  const auto send = [&](const char* fields) {
    auto data = boost::json::parse(R"({"room":"wjLJb3Jo")" + std::string(fields) + "}").as_object();
    return loop.start(commands.run(ann, "send", std::move(data)));
  };
  const auto mention = send(R"(,"text":"1","reply_to":1,"mentions":["bob","BOB"])");
  const auto plain = send(R"(,"text":"2")");
  loop.run();
  ASSERT_TRUE(**mention && **plain);
  EXPECT_EQ(accounts.calls, std::vector<std::string>{"find bob BOB"});
  ASSERT_EQ(store.appended.size(), 3U);
  EXPECT_EQ(store.appended[1].text, "1");
  EXPECT_EQ(store.appended[1].reply_to, 1U);
  ASSERT_EQ(store.appended[1].mentions.size(), 1U);
  EXPECT_EQ(store.appended[1].mentions[0].username, "bob");
  EXPECT_EQ(store.appended[2].text, "2");
  EXPECT_EQ(store.appended[2].reply_to, 0U);
  EXPECT_EQ(run("send", R"(,"text":"3","mentions":["zoe"])").error().code,
            ErrorCode::user_not_found);
  EXPECT_TRUE(run("send", R"(,"text":"4")"));
}

}  // namespace
}  // namespace confab::gateway::dialects
