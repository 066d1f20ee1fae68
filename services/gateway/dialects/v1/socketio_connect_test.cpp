// Who is let in, when, and how connections end.
#include <boost/json.hpp>

#include "gateway/dialects/v1/socketio_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace std::chrono_literals;

struct SocketIoConnect : SocketIoTest {};

TEST_F(SocketIoConnect, RefusesClientsWithoutAGoodToken) {
  for (const auto* auth : {"", "{}", R"({"token":"forged"})"}) {
    const auto answer = dial(auth)->read();
    EXPECT_TRUE(answer.starts_with("44{")) << answer;
    EXPECT_TRUE(has(answer, R"("data":{"code":"unauthenticated")")) << answer;
  }
  EXPECT_EQ(on_loop([this] { return sessions.size(); }), 0U);
}

TEST_F(SocketIoConnect, TakesTheTokenFromAuthThatIsAString) { connect(R"("{\"token\":\"ann\"}")"); }

TEST_F(SocketIoConnect, TakesTheTokenOfOldClientsFromTheQuery) {
  fakes::TestWebSocket old(port, "/socket.io/?EIO=3&transport=websocket&token=ann");
  old.read();
  EXPECT_EQ(old.read(), "40");
  fakes::TestWebSocket forged(port, "/socket.io/?EIO=3&transport=websocket&token=forged");
  forged.read();
  EXPECT_TRUE(forged.read().starts_with("44\""));
  // Newer ones have a better place for it.
  fakes::TestWebSocket fresh(port, "/socket.io/?EIO=4&transport=websocket&token=ann");
  fresh.read();
  fresh.send("40");
  EXPECT_TRUE(has(fresh.read(), "unauthenticated"));
}

TEST_F(SocketIoConnect, RefusesMalformedGreetings) {
  for (const auto* auth : {R"({"token":1})", R"({"token":"ann","rooms":5})",
                           R"({"token":"ann","rooms":[5]})", R"("ann")"}) {
    const auto answer = dial(auth)->read();
    EXPECT_TRUE(has(answer, "invalid_argument")) << auth << answer;
  }
}

struct SocketIoWish : SocketIoTest {
  /// Auth that wishes for so many different rooms.
  static std::string wishing(std::size_t rooms) {
    std::string auth = R"({"token":"ann","rooms":["wjLJb3Jo")";
    for (std::size_t i = 1; i < rooms; ++i) auth += ",\"room" + std::to_string(1000 + i) + '"';
    return auth + "]}";
  }
  static std::string as_text(const std::string& auth) {
    return boost::json::serialize(boost::json::value(boost::json::string(auth)));
  }
};

TEST_F(SocketIoWish, IsRefusedWhenItsJsonIsWiderThanThatOfCommands) {
  for (const auto& auth : {wishing(1001), as_text(wishing(1001))}) {
    const auto answer = dial(auth)->read();
    EXPECT_TRUE(answer.starts_with("44{") && has(answer, R"("code":"payload_too_large")"))
        << answer;
  }
}

TEST_F(SocketIoWish, IsRefusedForMoreRoomsThanAConnectionMayHear) {
  const auto most = host.options().max_rooms;
  connect(wishing(most));
  const auto answer = dial(wishing(most + 1))->read();
  EXPECT_TRUE(has(answer, R"("code":"too_many_subscriptions")")) << answer;
}

TEST_F(SocketIoWish, CountsEachRoomOnceAndNothingElse) {
  std::string auth = R"({"token":"ann","rooms":["","no gid","wjLJb3Jo")";
  for (std::size_t i = 0; i < host.options().max_rooms; ++i) auth += R"(,"wjLJb3Jo")";
  auto client = connect(auth + "]}");
  say();
  EXPECT_EQ(client->read(), message(1));
}

TEST_F(SocketIoConnect, GivesATicketThatDoesInPlaceOfTheToken) {
  EXPECT_TRUE(has(dial(R"({"token":"ann"})")->read(), R"(,"pid":"ticket-ann"})"));
  connect(R"({"pid":"ticket-ann","offset":"ignored"})");
  connect(R"({"pid":"ticket-ann","token":"ann"})");
}

TEST_F(SocketIoConnect, IgnoresWhatIsNoTicket) {
  for (const auto* pid : {"5", "null", "{}", R"("garbage")"}) {
    connect(R"({"token":"ann","pid":)" + std::string(pid) + "}");
    const auto answer = dial(R"({"pid":)" + std::string(pid) + "}")->read();
    EXPECT_TRUE(has(answer, "unauthenticated")) << answer;
  }
}

TEST_F(SocketIoConnect, LetsClientsComeAgainWhenNobodyCanTellWhoTheyAre) {
  on_loop([this] { gate.error = Error{ErrorCode::unavailable, "away"}; });
  const auto client = dial(R"({"token":"ann"})");
  EXPECT_EQ(client->read_close_code(), 1013);
}

TEST_F(SocketIoConnect, SubscribesToAllRoomsBeforeItLetsTheClientIn) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial(R"({"token":"ann"})");
  await([this] { return store.rooms_asked.waiting() == 1; });
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(client->read().starts_with("40{"));
  say();
  EXPECT_EQ(client->read(), message(1));
}

TEST_F(SocketIoConnect, SendsWhatCameBeforeTheAnswerAfterIt) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial(R"({"token":"ann"})");
  await([this] { return store.rooms_asked.waiting() == 1; });
  on_loop([this] { store.add_room("newRoom1", 8); });
  notify(true, 8, "newRoom1", 0);
  await([this] { return hub.active_rooms() == 1; });
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(client->read().starts_with("40{"));
  EXPECT_EQ(client->read(), R"(42["room.added",{"room":"newRoom1"}])");
}

TEST_F(SocketIoConnect, SendsTheClientAwayWhenTooMuchCameBeforeTheAnswer) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial(R"({"token":"ann"})");
  await([this] { return store.rooms_asked.waiting() == 1; });
  for (std::size_t i = 0; i <= ClientSession::kMaxEarly; ++i) notify(false, 9, "gone", 1);
  EXPECT_EQ(client->read_close_code(), 4000);
  on_loop([this] { store.rooms_asked.open(); });
  await([this] { return sessions.size() == 0; });
}

TEST_F(SocketIoConnect, ListensToTheRoomsAskedForOnly) {
  on_loop([this] { store.add_room("another1", 8); });
  auto none = connect(R"({"token":"ann","rooms":"none"})");
  EXPECT_EQ(on_loop([this] { return hub.active_rooms(); }), 0U);
  auto some = connect(R"({"token":"ann","rooms":["another1","unknown1"]})");
  EXPECT_EQ(on_loop([this] { return hub.active_rooms(); }), 1U);
  auto all = connect(R"({"token":"ann"})");
  EXPECT_EQ(on_loop([this] { return hub.active_rooms(); }), 2U);
  say();
  EXPECT_EQ(all->read(), message(1));
  EXPECT_TRUE(has(ask(some, "me", "{}"), "ann"));  // Nothing came before.
  EXPECT_TRUE(has(ask(none, "me", "{}"), "ann"));
}

TEST_F(SocketIoConnect, LetsTheClientInThoughTheStoreIsAwayAndSubscribesAsSoonAsItCan) {
  on_loop([this] { store.rooms_asked.fail_with(ErrorCode::unavailable); });
  auto client = connect();
  on_loop([this] {
    store.rooms_asked.work();
    store.heads_asked.fail_with(ErrorCode::unavailable);
  });
  await([this] { return store.count("heads") > 1; });
  on_loop([this] { store.heads_asked.work(); });
  await([this] { return hub.active_rooms() == 1; });
  say();
  EXPECT_EQ(client->read(), message(1));
}

TEST_F(SocketIoConnect, LeavesNothingBehindWhenTheClientGoes) {
  auto client = connect();
  client->send("1");
  client->read_close_code();
  await([this] { return sessions.size() == 0; });
  say();
}

TEST_F(SocketIoConnect, LeavesNothingBehindWhenTheClientGoesWhileItIsLetIn) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial(R"({"token":"ann"})");
  await([this] { return store.rooms_asked.waiting() == 1; });
  client.reset();
  await([this] { return engine.open_sessions(Transport::websocket) == 0; });
  on_loop([this] { store.rooms_asked.open(); });
  await([this] { return sessions.size() == 0; });
}

TEST_F(SocketIoConnect, ClosesTheTransportSoThatClientsOfEndedSessionsComeBack) {
  auto revoked = connect();
  on_loop([this] { sessions.revoke("session-ann"); });
  EXPECT_EQ(revoked->read_close_code(), 4000);
  auto expired = connect();
  on_loop([this] { sessions.sweep(clock.time + 1h); });
  EXPECT_TRUE(expired->read().starts_with(R"(42["session.expiring",{"expires_at":)"));
  EXPECT_EQ(expired->read_close_code(), 4000);
  auto drained = connect();
  on_loop([this] { sessions.end_all(EndReason::draining); });
  EXPECT_EQ(drained->read_close_code(), 1012);
}

TEST_F(SocketIoConnect, LivesAsLongAsTheTokenThatWasBroughtLast) {
  auto client = connect();
  on_loop([this] {
    auto longer = identity(1, "ann");
    longer.expires_at += 2h;
    gate.tokens["longer"] = longer;
  });
  EXPECT_TRUE(has(ask(client, "auth.refresh", R"({"token":"forged"})"), "unauthenticated"));
  EXPECT_TRUE(has(ask(client, "auth.refresh", R"({"token":"bob"})"), "permission_denied"));
  EXPECT_TRUE(has(ask(client, "auth.refresh", "{}"), "invalid_argument"));
  EXPECT_EQ(ask(client, "auth.refresh", R"({"token":"longer"})"), R"({"ok":true})");
  on_loop([this] { sessions.sweep(clock.time + 1h); });
  EXPECT_TRUE(has(ask(client, "me", "{}"), R"({"ok":true,"user":{"id":1)"));
}

}  // namespace
}  // namespace confab::gateway::dialects
