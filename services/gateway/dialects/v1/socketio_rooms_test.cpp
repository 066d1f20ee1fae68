// Commands of a connection, and what it hears of its rooms.
#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

struct SocketIoRooms : SocketIoTest {
  std::string subscribe(Client& client, const std::string& more = "") {
    return ask(client, "subscribe", R"({"room":")" + std::string(kGid) + "\"" + more + "}");
  }
  /// Room 8, by its entry 5, whose head the store does not tell.
  void enter_while_the_store_is_away() {
    on_loop([this] {
      store.add_room("newRoom1", 8);
      store.grow_to(8, 5);
      store.heads_asked.fail_with(ErrorCode::unavailable);
    });
    notify(true, 8, "newRoom1", 5);
  }
};

TEST_F(SocketIoRooms, AnswersACommandWithItsAnswerOrItsError) {
  auto client = connect();
  EXPECT_EQ(ask(client, "send", R"({"room":"wjLJb3Jo","text":"hi","client_msg_id":"c"})"),
            R"({"ok":true,"room":"wjLJb3Jo","epoch":1,"seq":1,"msg_id":"msg-1","ts":1700,)"
            R"("client_msg_id":"c"})");
  EXPECT_TRUE(
      has(ask(client, "nonsense", "{}"), R"({"ok":false,"error":{"code":"unknown_command")"));
  EXPECT_TRUE(has(ask(client, "send", "{}"), "invalid_argument"));
  EXPECT_TRUE(has(ask(client, "send", "\"text\""), "must be an object"));
}

TEST_F(SocketIoRooms, AnswersNobodyWhoDoesNotAsk) {
  auto client = connect();
  client->send(R"(42["send",{"room":"wjLJb3Jo","text":"1"}])");
  client->send(R"(42["nonsense"])");
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
  EXPECT_EQ(on_loop([this] { return store.appended.size(); }), 1U);
}

TEST_F(SocketIoRooms, SubscribesFromTheHeadOrFromAPosition) {
  on_loop([this] { store.grow_to(kRoom, 3); });
  auto client = connect(R"({"token":"ann","rooms":"none"})");
  EXPECT_EQ(subscribe(client),
            R"({"ok":true,"room":"wjLJb3Jo","head":{"epoch":1,"seq":3},"events":[]})");
  EXPECT_EQ(subscribe(client, R"(,"position":{"epoch":1,"seq":1})"),
            R"({"ok":true,"room":"wjLJb3Jo","head":{"epoch":1,"seq":3},)"
            R"("events":[{"seq":2},{"seq":3}]})");
  EXPECT_TRUE(has(subscribe(client, R"(,"position":{"epoch":9,"seq":1})"), R"("reset":true)"));
  EXPECT_TRUE(has(subscribe(client, R"(,"position":{"seq":1})"), "invalid_argument"));
  say();
  EXPECT_EQ(client->read(), message(4));
}

TEST_F(SocketIoRooms, SubscribesNobodyWhoIsNoMember) {
  on_loop([this] { store.members[kGid] = {2}; });
  auto client = connect();
  EXPECT_TRUE(has(subscribe(client), "not_a_member"));
  EXPECT_TRUE(has(subscribe(client, R"(,"position":{"epoch":1,"seq":0})"), "not_a_member"));
  say();
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(SocketIoRooms, SubscribesNobodyWhoIsPutOutBetweenTheQuestionAndTheAnswer) {
  auto bob = connect(R"({"token":"bob"})");
  auto client = connect(R"({"token":"ann","rooms":"none"})");
  on_loop([this] { store.rooms_asked.close(); });
  client->send(R"(421["subscribe",{"room":"wjLJb3Jo"}])");
  await([this] { return store.rooms_asked.waiting() == 1; });
  on_loop([this] {
    store.logs[kRoom].entries.push_back(fakes::leaving(fakes::entry(kRoom, 1), 1));
    hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries.back())});
    store.rooms_asked.open();
  });
  EXPECT_TRUE(has(client->read(), "not_a_member"));
  say();
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(SocketIoRooms, HearsNothingOfARoomItUnsubscribedFrom) {
  auto client = connect();
  EXPECT_EQ(ask(client, "unsubscribe", R"({"room":"wjLJb3Jo"})"), R"({"ok":true})");
  say();
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
  EXPECT_TRUE(has(ask(client, "unsubscribe", "{}"), "invalid_argument"));
}

TEST_F(SocketIoRooms, HearsARoomFromTheEntryOnByWhichTheUserCameIn) {
  auto client = connect();
  on_loop([this] {
    store.add_room("newRoom1", 8);
    store.grow_to(8, 5);
  });
  notify(true, 8, "newRoom1", 4);  // Late: 5 has been said since.
  EXPECT_EQ(client->read(), R"(42["room.added",{"room":"newRoom1"}])");
  EXPECT_EQ(client->read(), message(4));
  EXPECT_EQ(client->read(), message(5));
  notify(false, 8, "newRoom1", 6);
  EXPECT_EQ(client->read(), R"(42["room.removed",{"room":"newRoom1"}])");
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(SocketIoRooms, HearsANewRoomThoughTheStoreIsAwayAtFirst) {
  auto client = connect();
  enter_while_the_store_is_away();
  await([this] { return store.count("heads") > 3; });
  on_loop([this] { store.heads_asked.work(); });
  EXPECT_EQ(client->read(), R"(42["room.added",{"room":"newRoom1"}])");
  EXPECT_EQ(client->read(), message(5));
}

TEST_F(SocketIoRooms, IsToldToResetWhereTooMuchWasSaidWhileTheStoreWasAway) {
  auto client = connect();
  enter_while_the_store_is_away();
  EXPECT_EQ(client->read(), R"(42["room.added",{"room":"newRoom1"}])");
  await([this] { return store.count("heads") > 2; });
  on_loop([this] {
    store.grow_to(8, 1500);  // More than is read at once from the entry on.
    store.heads_asked.work();
  });
  EXPECT_TRUE(client->read().starts_with(R"(42["reset",{"room":"newRoom1","epoch":1,"head")"));
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  EXPECT_EQ(client->read(), message(1501));
}

TEST_F(SocketIoRooms, IsToldToResetWhereTooMuchWasSaidSinceTheUserCameIn) {
  auto client = connect();
  on_loop([this] {
    store.add_room("newRoom1", 8);
    store.grow_to(8, 500);
  });
  notify(true, 8, "newRoom1", 1);
  EXPECT_EQ(client->read(), R"(42["room.added",{"room":"newRoom1"}])");
  EXPECT_TRUE(client->read().starts_with(R"(42["reset",{"room":"newRoom1","epoch":1,"head")"));
}

TEST_F(SocketIoRooms, HearsARoomAgainWhoseRemovalItWasNotTold) {
  auto client = connect();
  on_loop([this] {
    store.logs[kRoom].entries.push_back(fakes::leaving(fakes::entry(kRoom, 1), 1));
    hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries.back())});
    store.logs[kRoom].entries.push_back(fakes::joining(fakes::entry(kRoom, 2), 1));
  });
  EXPECT_EQ(client->read(), R"(42["member.left",{"seq":1}])");
  notify(true, kRoom, kGid, 2);  // Before the entry itself, as it may happen.
  on_loop(
      [this] { hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries[1])}); });
  EXPECT_EQ(client->read(), R"(42["member.joined",{"seq":2}])");
}

TEST_F(SocketIoRooms, FindsWhatNoticesItMissed) {
  auto client = connect();
  on_loop([this] {
    store.add_room("newRoom1", 8);
    store.members[kGid] = {2};
    store.rooms_asked.fail_with(ErrorCode::unavailable);
    sessions.look_again();
  });
  await([this] { return store.count("rooms 1") > 2; });
  on_loop([this] { store.rooms_asked.work(); });
  EXPECT_EQ(client->read(),
            R"(42["room.added",{"room":"newRoom1","name":"Room newRoom1","kind":"private"}])");
  EXPECT_EQ(client->read(),
            R"(42["room.removed",{"room":"wjLJb3Jo","name":"Room wjLJb3Jo","kind":"private"}])");
  await([this] { return hub.active_rooms() == 2; });
  say();
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  EXPECT_EQ(client->read(), message(1));  // Of the new room alone.
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(SocketIoRooms, IsInTheRoomsOfARestoredBackupAndInNoOthers) {
  auto client = connect();
  say();
  EXPECT_EQ(client->read(), message(1));
  on_loop([this] {
    store.logs[kRoom].epoch = 2;
    store.members[kGid] = {2};      // Of before she came in,
    store.add_room("newRoom1", 8);  // and of before she left.
    hub.on_feed_back();
  });
  EXPECT_EQ(client->read(),
            R"(42["reset",{"room":"wjLJb3Jo","epoch":2,"head":{"epoch":2,"seq":1}}])");
  EXPECT_EQ(client->read(),
            R"(42["room.added",{"room":"newRoom1","name":"Room newRoom1","kind":"private"}])");
  EXPECT_EQ(client->read(),
            R"(42["room.removed",{"room":"wjLJb3Jo","name":"Room wjLJb3Jo","kind":"private"}])");
  say();
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann")) << "and nothing said there before it";
}

TEST_F(SocketIoRooms, FindsARoomThatWasLeftAndEnteredAgainWhileNoticesWereLost) {
  auto client = connect();
  on_loop([this] {
    store.logs[kRoom].entries.push_back(fakes::leaving(fakes::entry(kRoom, 1), 1));
    hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries.back())});
  });
  EXPECT_EQ(client->read(), R"(42["member.left",{"seq":1}])");
  on_loop([this] {
    store.logs[kRoom].entries.push_back(fakes::joining(fakes::entry(kRoom, 2), 1));
    hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries.back())});
    sessions.look_again();
  });
  EXPECT_EQ(client->read(),
            R"(42["room.added",{"room":"wjLJb3Jo","name":"Room wjLJb3Jo","kind":"private"}])");
  say();
  EXPECT_EQ(client->read(), message(3));
}

TEST_F(SocketIoRooms, AsksTheStoreNothingWhenAUserComesBack) {
  auto client = connect();
  say();
  EXPECT_EQ(client->read(), message(1));
  client->send("1");
  client->read_close_code();
  await([this] { return sessions.size() == 0; });
  say();
  notify(true, 8, "newRoom1", 1);
  on_loop([this] {
    store.add_room("newRoom1", 8);
    store.grow(8);
    store.calls.clear();
  });
  client = connect();
  EXPECT_EQ(on_loop([this] { return store.count("rooms") + store.count("room "); }), 0U);
  EXPECT_EQ(on_loop([this] { return store.count("heads 1"); }), 1U);  // Of the new room.
  say();
  EXPECT_EQ(client->read(), message(3));
  on_loop([this] { hub.on_entries(8, {std::make_shared<Entry>(store.grow(8))}); });
  EXPECT_EQ(client->read(), message(2));
}

TEST_F(SocketIoRooms, LetsNobodyBackIntoARoomThatPutThemOutMeanwhile) {
  auto bob = connect(R"({"token":"bob"})");
  auto client = connect();
  client->send("1");
  client->read_close_code();
  await([this] { return sessions.size() == 1; });
  on_loop([this] {  // The entry comes, its notice does not.
    store.logs[kRoom].entries.push_back(fakes::leaving(fakes::entry(kRoom, 1), 1));
    hub.on_entries(kRoom, {std::make_shared<Entry>(store.logs[kRoom].entries.back())});
  });
  client = connect();
  say();
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(SocketIoRooms, TellsNothingOfRoomsToAClientThatAskedForNone) {
  auto client = connect(R"({"token":"ann","rooms":"none"})");
  on_loop([this] { sessions.look_again(); });
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
  EXPECT_EQ(on_loop([this] { return store.count("rooms 1"); }), 0U);
}

}  // namespace
}  // namespace confab::gateway::dialects
