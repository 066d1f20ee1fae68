#include "gateway/dialects/v1/room_commands.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/json.hpp>

#include "gateway/domain/fake_people.hpp"
#include "gateway/loop/test_loop.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace gateway::testing;

using Calls = std::vector<std::string>;

struct OnTestLoop {
  TestLoop loop;
};

struct RoomCommandsTest : ::testing::Test, OnTestLoop, ChatOnFakes {
  RoomCommands commands{chat, rooms, read_marks};
  const User ann = user(1, "ann");

  RoomCommandsTest() : ChatOnFakes(loop) {
    store.add_room("wjLJb3Jo", 7);
    accounts.users = {user(2, "bob")};
  }

  Result<std::string> run(const std::string& name, const std::string& data) {
    auto object = boost::json::parse(data).as_object();
    return loop.finish(commands.run(ann, name, std::move(object)));
  }
  /// The answer, or the error's code.
  std::string say(const std::string& name, const std::string& data) {
    const auto answer = run(name, data);
    return answer ? *answer : std::string(error_traits(answer.error().code).name);
  }
};

TEST_F(RoomCommandsTest, NameTheFieldThatIsMissingOrOfTheWrongType) {
  const std::vector<std::array<const char*, 3>> bad = {
      {"rooms", R"({"limit":0})", "limit"},
      {"rooms", R"({"after":5})", "after"},
      {"rooms", R"({"archived":"yes"})", "archived"},
      {"rooms.public", R"({"query":5})", "query"},
      {"room.update", R"({"name":"x"})", "room"},
      {"room.update", R"({"room":"wjLJb3Jo","topic":5})", "topic"},
      {"room.archive", R"({"room":"wjLJb3Jo","archived":1})", "archived"},
      {"room.join", "{}", "room"},
      {"room.join", R"({"code":5})", "code"},
      {"room.invite", R"({"room":"wjLJb3Jo","uses":-1})", "uses"},
      {"room.invite.revoke", R"({"room":"wjLJb3Jo"})", "code"},
      {"members", R"({"room":"wjLJb3Jo","after":"x"})", "after"},
      {"member.role", R"({"room":"wjLJb3Jo","username":"bob"})", "role"},
      {"member.ban", R"({"room":"wjLJb3Jo"})", "username"},
      {"member.ban", R"({"room":"wjLJb3Jo","username":"bob","banned":"no"})", "banned"},
      {"bans", "{}", "room"},
      {"read", R"({"room":"wjLJb3Jo"})", "seq"},
      {"read", R"({"room":"wjLJb3Jo","seq":"3"})", "seq"},
      {"readers", R"({"room":"wjLJb3Jo"})", "seq"},
      {"send.status", R"({"room":"wjLJb3Jo"})", "client_msg_id"},
  };
  for (const auto& [name, data, field] : bad) {
    const auto outcome = run(name, data);
    ASSERT_FALSE(outcome) << name << data;
    EXPECT_EQ(outcome.error().code, ErrorCode::invalid_argument) << name << data;
    EXPECT_NE(outcome.error().message.find(std::string("\"") + field + "\""), std::string::npos)
        << name << data << outcome.error().message;
  }
  EXPECT_TRUE(room_store.calls.empty());
}

TEST_F(RoomCommandsTest, HandWhatIsGivenOnAndNothingElse) {
  const std::vector<std::array<const char*, 3>> good = {
      {"rooms", "{}", "mine 1  100"},
      {"rooms", R"({"after":"5-7","limit":5000,"archived":true})", "mine 1 5-7 1000 archived"},
      {"rooms.public", R"({"query":"tea","after":"wjLJb3Jo","limit":7})",
       "public 1 tea wjLJb3Jo 7"},
      {"rooms.public", "{}", "public 1   50"},
      {"room.update", R"({"room":"wjLJb3Jo","name":"Tea","topic":""})",
       "update wjLJb3Jo ann name=Tea topic="},
      {"room.update", R"({"room":"wjLJb3Jo","picture":"p","kind":"public","archived":false})",
       "update wjLJb3Jo ann picture=p kind=public unarchived"},
      {"room.archive", R"({"room":"wjLJb3Jo"})", "update wjLJb3Jo ann archived"},
      {"room.join", R"({"room":"wjLJb3Jo"})", "join ann wjLJb3Jo"},
      {"room.join", R"({"room":"wjLJb3Jo","code":"c"})", "join ann c"},
      {"room.invite", R"({"room":"wjLJb3Jo","expires_in":60,"uses":2})",
       "invite wjLJb3Jo ann 60 2"},
      {"room.invite.revoke", R"({"room":"wjLJb3Jo","code":"c"})", "revoke wjLJb3Jo 1 c"},
      {"members", R"({"room":"wjLJb3Jo","after":18446744073709551615,"limit":9})",
       "members wjLJb3Jo 1 9223372036854775807 9"},
      {"member.role", R"({"room":"wjLJb3Jo","username":"bob","role":"admin"})",
       "role wjLJb3Jo ann bob admin"},
      {"member.ban", R"({"room":"wjLJb3Jo","username":"bob"})", "ban wjLJb3Jo ann bob"},
      {"member.ban", R"({"room":"wjLJb3Jo","username":"bob","banned":false})",
       "unban wjLJb3Jo ann bob"},
      {"member.unban", R"({"room":"wjLJb3Jo","username":"bob"})", "unban wjLJb3Jo ann bob"},
      {"bans", R"({"room":"wjLJb3Jo"})", "bans wjLJb3Jo 1 0 100"},
      {"read", R"({"room":"wjLJb3Jo","seq":3})", "mark ann:7:3"},
      {"readers", R"({"room":"wjLJb3Jo","seq":3})", "readers 7 1 3 0 100"},
      {"send.status", R"({"room":"wjLJb3Jo","client_msg_id":"c"})", "find 7 1 c"},
  };
  for (const auto& [name, data, call] : good) {
    const auto outcome = run(name, data);
    EXPECT_TRUE(outcome) << name << (outcome ? "" : outcome.error().message);
    EXPECT_EQ(room_store.calls.back(), call) << name;
  }
  EXPECT_EQ(room_store.calls.size(), good.size());
}

TEST_F(RoomCommandsTest, RefuseWhatIsNoGidAndUnknownUsers) {
  for (const auto* name :
       {"room.update", "room.archive", "room.join", "room.invite", "room.invite.revoke", "members",
        "member.role", "member.ban", "member.unban", "bans", "read", "readers", "send.status"}) {
    EXPECT_EQ(say(name, R"({"room":"no gid","name":"x","code":"","username":"bob","role":"x",
                            "seq":1,"client_msg_id":"c"})"),
              "room_not_found")
        << name;
  }
  EXPECT_EQ(say("rooms.public", R"({"after":"no gid"})"), "room_not_found");
  EXPECT_EQ(say("member.role", R"({"room":"wjLJb3Jo","username":"zoe","role":"admin"})"),
            "user_not_found");
  EXPECT_EQ(say("member.ban", R"({"room":"wjLJb3Jo","username":"zoe"})"), "user_not_found");
  EXPECT_TRUE(room_store.calls.empty());
}

TEST_F(RoomCommandsTest, ShowARoomAsItsMemberNeedsIt) {
  MyRoom mine;
  mine.room.ref = {7, "wjLJb3Jo"};
  mine.room.name = "Tea";
  mine.room.kind = "private";
  mine.room.topic = "of \"leaves\"";
  mine.room.created_by.username = "bob";
  mine.room.head = {1, 9, "c9"};
  mine.role = "read-only";
  mine.read_seq = 4;
  mine.unread = 5;
  mine.active_ms = 1700;
  room_store.my_rooms.rooms = {mine};
  mine.last = LastMessage{9, 1700, "bob", "image", ""};
  room_store.my_rooms.rooms.push_back(mine);
  room_store.my_rooms.next = "1700-7";
  const std::string room =
      R"({"gid":"wjLJb3Jo","name":"Tea","kind":"private","created_at":0,"created_by":"bob",)"
      R"("topic":"of \"leaves\"","picture":"","archived":false,"head":{"epoch":1,"seq":9},)"
      R"("role":"read-only","admin":false,"read_seq":4,"unread":5,"active_at":1700)";
  EXPECT_EQ(say("rooms", "{}"),
            R"({"rooms":[)" + room + "}," + room +
                R"(,"last_message":{"seq":9,"ts":1700,"sender":"bob","kind":"image","text":""}}],)"
                R"("next":"1700-7"})");
}

TEST_F(RoomCommandsTest, ShowPagesOfPeopleWithWhereTheyGoOn) {
  room_store.people = {{Member{user(2, "bob"), "admin", 1700, "ann"}}, true};
  EXPECT_EQ(
      say("members", R"({"room":"wjLJb3Jo"})"),
      R"({"room":"wjLJb3Jo","members":[{"id":2,"uuid":"uuid-bob","username":"bob",)"
      R"("name":"Name of bob","role":"admin","admin":true,"added_at":1700,"added_by":"ann"}],"next":2})");
  room_store.banned = {{Ban{user(2, "bob"), "ann", 1700}}, false};
  const std::string bob = R"({"id":2,"uuid":"uuid-bob","username":"bob","name":"Name of bob"})";
  EXPECT_EQ(say("bans", R"({"room":"wjLJb3Jo"})"), R"({"room":"wjLJb3Jo","bans":[{"user":)" + bob +
                                                       R"(,"banned_by":"ann","banned_at":1700}]})");
  room_store.have_read = {{Reader{user(2, "bob"), 5}}, 9};
  EXPECT_EQ(say("readers", R"({"room":"wjLJb3Jo","seq":4})"),
            R"({"room":"wjLJb3Jo","seq":4,"readers":[{"user":)" + bob + R"(,"seq":5}],"next":9})");
  EXPECT_EQ(say("room.invite", R"({"room":"wjLJb3Jo","uses":2})"),
            R"({"room":"wjLJb3Jo","code":"wjLJb3Jo-secret","expires_at":1700,"uses":2})");
}

TEST_F(RoomCommandsTest, TellWhereASendIsOrThatItIsNotStored) {
  EXPECT_EQ(say("send.status", R"({"room":"wjLJb3Jo","client_msg_id":"c"})"),
            R"({"room":"wjLJb3Jo","client_msg_id":"c","stored":false})");
  room_store.stored["c"] = Ack{1, 5, "msg-5", 1700};
  EXPECT_EQ(say("send.status", R"({"room":"wjLJb3Jo","client_msg_id":"c"})"),
            R"({"room":"wjLJb3Jo","client_msg_id":"c","stored":true,"epoch":1,"seq":5,)"
            R"("msg_id":"msg-5","ts":1700})");
  EXPECT_EQ(say("read", R"({"room":"wjLJb3Jo","seq":2000})"), R"({"room":"wjLJb3Jo","seq":1000})");
}

TEST_F(RoomCommandsTest, GiveOnWhatTheStoreSays) {
  room_store.error = Error{ErrorCode::permission_denied, "no"};
  for (const auto* name :
       {"rooms", "rooms.public", "room.update", "room.archive", "room.join", "room.invite",
        "room.invite.revoke", "members", "member.role", "member.ban", "member.unban", "bans",
        "read", "readers", "send.status"}) {
    EXPECT_TRUE(RoomCommands::has(name));
    EXPECT_EQ(say(name, R"({"room":"wjLJb3Jo","name":"x","code":"c","username":"bob",
                            "role":"admin","seq":1,"client_msg_id":"c"})"),
              "permission_denied")
        << name;
  }
  EXPECT_FALSE(RoomCommands::has("send"));
}

}  // namespace
}  // namespace confab::gateway::dialects
