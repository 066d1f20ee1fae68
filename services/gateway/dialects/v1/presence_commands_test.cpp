#include "gateway/dialects/v1/presence_commands.hpp"

#include "gateway/dialects/v1/plain_fixture_test.hpp"
#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using std::chrono::milliseconds;

/// ann and bob are in the room; bob was connected just now.
template <typename Door>
struct OfPresence : Door {
  void SetUp() override {
    Door::SetUp();
    this->on_loop([this] {
      for (const auto& [id, name] : {std::pair{1, "ann"}, std::pair{2, "bob"}}) {
        Member member;
        member.user = fakes::user(id, name);
        this->room_store.people.items.push_back(member);
      }
      this->presence.board.marks[2] =
          std::chrono::duration_cast<milliseconds>(this->presence.clock.time.time_since_epoch())
              .count();
    });
  }
  void type(std::int64_t user_id) {
    this->on_loop([this, user_id] {
      TypingNotice notice;
      notice.room_id = kRoom;
      notice.user = fakes::user(user_id, "bob");
      this->presence.typing_watch.on_notice(notice);
    });
  }
};

constexpr auto kData = R"({"room":"wjLJb3Jo"})";
constexpr auto kPage = R"("room":"wjLJb3Jo","users":[{"id":1,"username":"ann","online":false},)"
                       R"({"id":2,"username":"bob","online":true}])";
constexpr auto kTyping =
    R"({"room":"wjLJb3Jo","users":[{"id":2,"uuid":"uuid-bob","username":"bob",)"
    R"("name":"Name of bob"}],"count":1})";

struct PlainPresenceTest : OfPresence<PlainTest> {};
struct SocketIoPresenceTest : OfPresence<SocketIoTest> {};

TEST_F(PlainPresenceTest, IsShownToWhoLooksAndTypingToldUntilTheyCease) {
  auto client = connect();
  EXPECT_EQ(ask(client, "presence", kData), R"("ok":true,"data":{)" + std::string(kPage) + "}");
  EXPECT_EQ(ask(client, "watch", kData), R"("ok":true,"data":{)" + std::string(kPage) + "}");
  type(2);
  EXPECT_EQ(client->read(), R"({"event":"typing","data":)" + std::string(kTyping) + "}");
  EXPECT_EQ(ask(client, "unwatch", kData), R"("ok":true,"data":{})");
  type(3);
  EXPECT_EQ(ask(client, "ping", "{}"), R"("ok":true,"data":{})");
  EXPECT_TRUE(on_loop([this] { return presence.channel.followed.empty(); }));
}

TEST_F(PlainPresenceTest, EndsWithTheConnectionAndWithTheMembership) {
  auto client = connect();
  ask(client, "watch", kData);
  notify(false, kRoom, kGid, 5);
  EXPECT_TRUE(has(client->read(), "room.removed"));
  EXPECT_EQ(on_loop([this] { return presence.watching.size(); }), 0U);
  ask(client, "watch", kData);
  client.reset();
  await([this] { return presence.watching.size() == 0; });
}

TEST_F(PlainPresenceTest, IsFoundToHaveEndedWhenTheFeedIsBack) {
  auto client = connect(R"({"token":"ann","rooms":"none"})");
  ask(client, "watch", kData);
  on_loop([this] {
    store.members[kGid] = {2};
    sessions.look_again();
  });
  await([this] { return presence.watching.size() == 0; });
}

TEST_F(PlainPresenceTest, EndsWithTheLogWhereTheNoticeOfTheRemovalWasLost) {
  auto client = connect();
  ask(client, "watch", kData);
  on_loop([this] {
    store.members[kGid] = {2};
    store.logs[kRoom].entries.push_back(fakes::leaving(fakes::entry(kRoom, 1), 1));
    hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries.back())});
  });
  type(2);
  EXPECT_EQ(client->read(), R"({"event":"member.left","data":{"seq":1}})");
  EXPECT_EQ(client->read(), R"({"event":"room.removed","data":{"room":"wjLJb3Jo",)"
                            R"("name":"Room wjLJb3Jo","kind":"private"}})");
  EXPECT_EQ(ask(client, "ping", "{}"), R"("ok":true,"data":{})");
  EXPECT_EQ(on_loop([this] { return presence.watching.size(); }), 0U);
  EXPECT_TRUE(on_loop([this] { return presence.channel.followed.empty(); }));
}

TEST_F(PlainPresenceTest, RefusesBadFields) {
  auto client = connect();
  for (const auto* command : {"watch", "presence"}) {
    for (const auto* data : {"{}", R"({"room":7})", R"({"room":"wjLJb3Jo","limit":0})",
                             R"({"room":"wjLJb3Jo","after":"1"})"}) {
      EXPECT_TRUE(has(ask(client, command, data), "invalid_argument")) << command << data;
    }
  }
  EXPECT_TRUE(has(ask(client, "unwatch", "{}"), "invalid_argument"));
  EXPECT_TRUE(has(ask(client, "typing", R"({"room":"wjLJb3Jo","on":1})"), "invalid_argument"));
  EXPECT_TRUE(has(ask(client, "watch", R"({"room":"nowhere"})"), "room_not_found"));
}

TEST_F(PlainPresenceTest, MarksWhoConnects) {
  auto client = connect();
  EXPECT_EQ(on_loop([this] { return presence.marks.size(); }), 1U);
}

TEST_F(SocketIoPresenceTest, IsToldAsOnEveryDoor) {
  auto client = connect();
  EXPECT_EQ(ask(client, "watch", kData), R"({"ok":true,)" + std::string(kPage) + "}");
  type(2);
  EXPECT_EQ(client->read(), R"(42["typing",)" + std::string(kTyping) + "]");
  EXPECT_EQ(ask(client, "typing", kData), R"({"ok":true})");
  EXPECT_EQ(ask(client, "typing", R"({"room":"wjLJb3Jo","on":false})"), R"({"ok":true})");
  const auto said = on_loop([this] { return presence.channel.published; });
  ASSERT_EQ(said.size(), 2U);
  EXPECT_TRUE(said.front().on);
  EXPECT_FALSE(said.back().on);
  EXPECT_EQ(said.front().user.username, "ann");
}

}  // namespace
}  // namespace confab::gateway::dialects
