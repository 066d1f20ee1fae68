// Who is let in by the plain WebSocket door, when, and how connections end.
#include "gateway/dialects/v1/plain_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

using namespace std::chrono_literals;

constexpr int kComeBack = 4000;
constexpr int kHelloRefused = 4100;
constexpr int kNoHello = 4101;
constexpr int kBadFrame = 4102;

struct PlainConnect : PlainTest {};

/// Whose strangers are few, and soon turned away.
PlainOptions impatient() {
  PlainOptions options;
  options.hello_timeout = 20ms;
  return options;
}
PlainOptions crowded() {
  PlainOptions options;
  options.max_strangers = 2;
  return options;
}
struct ImpatientPlainConnect : PlainTest {
  ImpatientPlainConnect() : PlainTest(impatient()) {}
};
struct CrowdedPlainConnect : PlainTest {
  CrowdedPlainConnect() : PlainTest(crowded()) {}
};

TEST_F(PlainConnect, AnswersHelloWithWhatAClientNeedsToKnow) {
  auto client = dial();
  client->send(R"({"id":7,"cmd":"hello","data":{"token":"ann"}})");
  const auto answer = client->read();
  for (const auto* part :
       {R"({"re":7,"ok":true,"data":{"server":{"name":"confab","version":"0"})",
        R"("heartbeat_ms":25000)", R"("limits":{"frame_bytes":65536,)", R"("user":{"id":1,)",
        R"("expires_at":)", R"("ticket":"ticket-ann"}})"}) {
    EXPECT_TRUE(has(answer, part)) << part << answer;
  }
  EXPECT_EQ(on_loop([this] { return plain.open_sessions(); }), 1U);
  EXPECT_EQ(on_loop([this] { return plain.strangers(); }), 0U);
}

TEST_F(PlainConnect, ChoosesTheSubprotocolThatIsSpokenOrNone) {
  EXPECT_EQ(dial()->subprotocol(), "");
  EXPECT_EQ(dial(offering("confab.v1.json"))->subprotocol(), "confab.v1.json");
  EXPECT_EQ(dial(offering("other,confab.v1.protobuf , confab.v1.json"))->subprotocol(),
            "confab.v1.protobuf");
  for (const auto* offered : {"other", "confab.v1", ",", " , "}) {
    EXPECT_EQ(dial(offering(offered))->status(), 400) << offered;
  }
}

TEST_F(PlainConnect, RefusesClientsWithoutAGoodToken) {
  for (const auto* data : {"{}", R"({"token":"forged"})", R"({"ticket":"garbage"})"}) {
    auto client = dial();
    client->send(hello(data));
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with(R"({"re":1,"ok":false,"error":{"code":"unauthenticated")"))
        << answer;
    EXPECT_EQ(client->read_close_code(), kHelloRefused);
  }
  await([this] { return plain.strangers() == 0; });
  EXPECT_EQ(on_loop([this] { return sessions.size(); }), 0U);
}

TEST_F(PlainConnect, RefusesMalformedHellos) {
  for (const auto* data :
       {R"({"token":1})", R"({"token":"ann","rooms":5})", R"({"token":"ann","rooms":[5]})"}) {
    auto client = dial();
    client->send(hello(data));
    EXPECT_TRUE(has(client->read(), "invalid_argument")) << data;
    EXPECT_EQ(client->read_close_code(), kHelloRefused);
  }
}

TEST_F(PlainConnect, TakesATicketInPlaceOfTheToken) {
  connect(R"({"ticket":"ticket-ann"})");
  connect(R"({"token":"ann","ticket":5})");
}

TEST_F(PlainConnect, LetsClientsComeAgainWhenNobodyCanTellWhoTheyAre) {
  on_loop([this] { gate.error = Error{ErrorCode::unavailable, "away"}; });
  auto client = dial();
  client->send(hello(R"({"token":"ann"})"));
  EXPECT_TRUE(has(client->read(), R"("retryable":true)"));
  EXPECT_EQ(client->read_close_code(), 1013);
}

TEST_F(PlainConnect, AnswersOnlyHelloToStrangers) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial();
  client->send(R"({"id":5,"cmd":"me"})");
  EXPECT_TRUE(has(client->read(), R"({"re":5,"ok":false,"error":{"code":"unauthenticated")"));
  client->send(R"({"id":6,"cmd":5})");
  EXPECT_TRUE(has(client->read(), R"({"re":6,"ok":false,"error":{"code":"invalid_argument")"));
  client->send(hello(R"({"token":"ann"})"));
  await([this] { return store.rooms_asked.waiting() == 1; });
  client->send(R"({"id":7,"cmd":"me"})");
  EXPECT_TRUE(has(client->read(), R"({"re":7,"ok":false,"error":{"code":"unauthenticated")"));
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(client->read().starts_with(R"({"re":1,"ok":true)"));
  EXPECT_TRUE(has(ask(client, "hello", R"({"token":"ann"})"), "invalid_argument"));
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
}

TEST_F(PlainConnect, ClosesWhenAFrameCannotBeAnswered) {
  for (const auto* frame : {"", "no JSON", "[1]", R"({"id":"1","cmd":"me"})"}) {
    auto stranger = dial();
    stranger->send(frame);
    EXPECT_EQ(stranger->read_close_code(), kBadFrame) << frame;
    auto client = connect();
    client->send(frame);
    EXPECT_EQ(client->read_close_code(), kBadFrame) << frame;
  }
  auto binary = connect();
  binary->send(R"({"id":1,"cmd":"me"})", true);
  EXPECT_EQ(binary->read_close_code(), kBadFrame);
  auto text = dial(offering("confab.v1.protobuf"));
  text->send(R"({"id":1,"cmd":"me"})");
  EXPECT_EQ(text->read_close_code(), kBadFrame);
  auto large = connect();
  large->send(std::string(64 * 1024 + 1, ' '));
  EXPECT_EQ(large->read_close_code(), 1009);
  await([this] { return sessions.size() == 0 && plain.open_sessions() == 0; });
}

TEST_F(ImpatientPlainConnect, ClosesConnectionsThatDoNotSayHello) {
  auto silent = dial();
  EXPECT_EQ(silent->read_close_code(), kNoHello);
  auto talkative = dial();
  talkative->send(R"({"id":5,"cmd":"me"})");
  EXPECT_EQ(talkative->read_close_code(), kNoHello);
  await([this] { return plain.strangers() == 0; });
  EXPECT_EQ(turned_away, (std::vector<std::string>{"no_hello", "no_hello"}));
}

TEST_F(CrowdedPlainConnect, BoundsConnectionsThatHaveNotSaidHello) {
  auto first = dial();
  auto second = dial();
  EXPECT_EQ(dial()->status(), 503);
  first->send(hello(R"({"token":"ann"})"));
  first->read();
  EXPECT_EQ(dial()->status(), 101);
}

TEST_F(PlainConnect, AnswersOtherRequestsThatItWantsAWebSocket) {
  fakes::TestClient client(port);
  const auto answer = client.get("/v1/ws");
  EXPECT_EQ(answer.status, 426);
  EXPECT_TRUE(has(answer.head, "Upgrade: websocket"));
}

TEST_F(PlainConnect, SendsWhatCameBeforeTheAnswerAfterIt) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial();
  client->send(hello(R"({"token":"ann"})"));
  await([this] { return store.rooms_asked.waiting() == 1; });
  on_loop([this] { store.add_room("newRoom1", 8); });
  notify(true, 8, "newRoom1", 0);
  await([this] { return hub.active_rooms() == 1; });
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(client->read().starts_with(R"({"re":1,"ok":true)"));
  EXPECT_EQ(client->read(), R"({"event":"room.added","data":{"room":"newRoom1"}})");
}

TEST_F(PlainConnect, LetsAClientInThatWantsNoAnswer) {
  auto client = dial();
  client->send(R"({"cmd":"hello","data":{"token":"ann"}})");
  await([this] { return plain.open_sessions() == 1; });
  say();
  EXPECT_EQ(client->read(), message(1));
}

TEST_F(PlainConnect, LeavesNothingBehindWhenTheClientGoes) {
  auto client = connect();
  client->close();
  await([this] { return sessions.size() == 0 && plain.open_sessions() == 0; });
  say();
  auto stranger = dial();
  stranger->close();
  await([this] { return plain.strangers() == 0; });
}

TEST_F(PlainConnect, LeavesNothingBehindWhenTheClientGoesWhileItIsLetIn) {
  on_loop([this] { store.rooms_asked.close(); });
  auto client = dial();
  client->send(hello(R"({"token":"ann"})"));
  await([this] { return store.rooms_asked.waiting() == 1; });
  client.reset();
  await([this] { return sessions.any_of(1, [](const Session& one) { return one.gone(); }); });
  on_loop([this] { store.rooms_asked.open(); });
  await([this] { return sessions.size() == 0; });
  EXPECT_EQ(on_loop([this] { return plain.open_sessions(); }), 0U);
}

TEST_F(PlainConnect, ClosesTheConnectionsOfEndedSessions) {
  auto revoked = connect();
  on_loop([this] { sessions.revoke("session-ann"); });
  EXPECT_EQ(revoked->read_close_code(), kComeBack);
  auto expired = connect();
  on_loop([this] { sessions.sweep(clock.time + 1h); });
  EXPECT_TRUE(expired->read().starts_with(R"({"event":"session.expiring","data":{"expires_at":)"));
  EXPECT_EQ(expired->read_close_code(), kComeBack);
}

TEST_F(PlainConnect, SendsEverybodyAwayWhenItDrains) {
  auto stranger = dial();
  auto client = connect();
  on_loop([this] {
    plain.drain();
    sessions.end_all(EndReason::draining);
  });
  EXPECT_EQ(stranger->read_close_code(), 1012);
  EXPECT_EQ(client->read_close_code(), 1012);
  EXPECT_EQ(dial()->status(), 503);
}

TEST_F(PlainConnect, LivesAsLongAsTheTokenThatWasBroughtLast) {
  auto client = connect();
  on_loop([this] {
    auto longer = identity(1, "ann");
    longer.expires_at += 2h;
    gate.tokens["longer"] = longer;
  });
  EXPECT_TRUE(has(ask(client, "auth.refresh", R"({"token":"bob"})"), "permission_denied"));
  EXPECT_EQ(ask(client, "auth.refresh", R"({"token":"longer"})"), R"("ok":true,"data":{})");
  on_loop([this] { sessions.sweep(clock.time + 1h); });
  EXPECT_TRUE(has(ask(client, "me", "{}"), R"("ok":true,"data":{"user":{"id":1)"));
}

}  // namespace
}  // namespace confab::gateway::dialects
