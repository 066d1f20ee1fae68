// Commands over the plain WebSocket, and what a client hears of its rooms beside others.
#include "confab/client/v1/client.pb.h"
#include "gateway/dialects/v1/plain_fixture_test.hpp"

namespace confab::gateway::dialects {
namespace {

namespace v1 = confab::client::v1;

struct PlainRooms : PlainTest {
  /// A client that speaks Protobuf, let in.
  Client connect_protobuf() {
    auto client = dial(offering("confab.v1.protobuf"));
    v1::ClientFrame hello;
    hello.set_id(1);
    hello.set_cmd("hello");
    hello.set_json(R"({"token":"ann"})");
    send(client, hello);
    EXPECT_TRUE(has(read(client).answer().json(), R"("user":{"id":1)"));
    return client;
  }
  static void send(Client& client, const v1::ClientFrame& frame) {
    client->send(frame.SerializeAsString(), true);
  }
  static v1::ServerFrame read(Client& client) {
    v1::ServerFrame frame;
    EXPECT_TRUE(frame.ParseFromString(client->read()));
    EXPECT_TRUE(client->binary());
    return frame;
  }

  /// Said to the room, of so many bytes.
  void say_large(std::size_t bytes) {
    on_loop([this, bytes] {
      store.grow(kRoom);
      auto& entry = store.logs[kRoom].entries.back();
      entry.json.insert(entry.json.size() - 1, ",\"x\":\"" + std::string(bytes, 'x') + "\"");
      hub.on_entries(kRoom, {std::make_shared<Entry>(entry)});
    });
  }
};

TEST_F(PlainRooms, AnswersACommandWithItsAnswerOrItsError) {
  auto client = connect();
  EXPECT_EQ(ask(client, "send", R"({"room":"wjLJb3Jo","text":"hi","client_msg_id":"c"})"),
            R"("ok":true,"data":{"room":"wjLJb3Jo","epoch":1,"seq":1,"msg_id":"msg-1","ts":1700,)"
            R"("client_msg_id":"c"})");
  EXPECT_TRUE(
      has(ask(client, "nonsense", "{}"), R"("ok":false,"error":{"code":"unknown_command")"));
  EXPECT_TRUE(has(ask(client, "send", "{}"), "invalid_argument"));
  EXPECT_TRUE(has(ask(client, "send", "\"text\""), "must be an object"));
  EXPECT_EQ(ask(client, "ping", "{}"), R"("ok":true,"data":{})");
}

TEST_F(PlainRooms, AnswersNobodyWhoDoesNotAsk) {
  auto client = connect();
  client->send(R"({"cmd":"send","data":{"room":"wjLJb3Jo","text":"1"}})");
  client->send(R"({"cmd":"nonsense"})");
  EXPECT_TRUE(has(ask(client, "me", "{}"), "ann"));
  EXPECT_EQ(on_loop([this] { return store.appended.size(); }), 1U);
}

TEST_F(PlainRooms, ReadsNoFurtherWhileTooManyCommandsHaveNoAnswer) {
  auto client = connect();
  on_loop([this] { store.appends.close(); });
  const auto many = 3 * host.options().max_in_flight;
  for (std::size_t i = 0; i < many; ++i) {
    client->send(R"({"id":)" + std::to_string(i) +
                 R"(,"cmd":"send","data":{"room":"wjLJb3Jo","text":"x"}})");
  }
  await([this] { return store.appends.waiting() >= host.options().max_in_flight; });
  EXPECT_LE(on_loop([this] { return store.appends.waiting(); }), 2 * host.options().max_in_flight);
  on_loop([this] { store.appends.open(); });
  for (std::size_t i = 0; i < many; ++i) {
    const auto answer = client->read();
    ASSERT_TRUE(answer.starts_with(R"({"re":)" + std::to_string(i) + R"(,"ok":true)")) << answer;
  }
}

TEST_F(PlainRooms, ClosesWhoIsReadNoFurther) {
  auto client = connect();
  on_loop([this] { store.appends.close(); });
  for (std::size_t i = 0; i < host.options().max_in_flight; ++i) {
    client->send(R"({"cmd":"send","data":{"room":"wjLJb3Jo","text":"x"}})");
  }
  await([this] { return store.appends.waiting() == host.options().max_in_flight; });
  on_loop([this] { sessions.revoke("session-ann"); });
  EXPECT_EQ(client->read_close_code(), 4000);
  on_loop([this] { store.appends.open(); });
  await([this] { return sessions.size() == 0; });
}

TEST_F(PlainRooms, SubscribesFromAPosition) {
  on_loop([this] { store.grow_to(kRoom, 3); });
  auto client = connect(R"({"token":"ann","rooms":"none"})");
  EXPECT_EQ(ask(client, "subscribe", R"({"room":"wjLJb3Jo","position":{"epoch":1,"seq":1}})"),
            R"("ok":true,"data":{"room":"wjLJb3Jo","head":{"epoch":1,"seq":3},)"
            R"("events":[{"seq":2},{"seq":3}]})");
  say();
  EXPECT_EQ(client->read(), message(4));
}

TEST_F(PlainRooms, HearsTheSameInEveryForm) {
  auto plain_client = connect();
  auto protobuf_client = connect_protobuf();
  fakes::TestWebSocket socketio_client(port, "/socket.io/?EIO=4&transport=websocket");
  socketio_client.read();
  socketio_client.send(R"(40{"token":"bob"})");
  socketio_client.read();
  for (std::uint64_t seq = 1; seq <= 3; ++seq) {
    say();
    EXPECT_EQ(plain_client->read(), message(seq));
    const auto event = read(protobuf_client).event();
    EXPECT_EQ(event.name(), "message");
    EXPECT_EQ(event.json(), "{\"seq\":" + std::to_string(seq) + "}");
    EXPECT_EQ(socketio_client.read(), R"(42["message",{"seq":)" + std::to_string(seq) + "}]");
  }
}

TEST_F(PlainRooms, TakesATypedSendAndAnswersItTyped) {
  auto client = connect_protobuf();
  v1::ClientFrame frame;
  frame.set_id(7);
  frame.mutable_send()->set_room(kGid);
  frame.mutable_send()->set_text("hi");
  frame.mutable_send()->set_client_msg_id("c");
  send(client, frame);
  const auto answer = read(client).answer();
  EXPECT_EQ(answer.re(), 7U);
  EXPECT_EQ(answer.sent().room(), kGid);
  EXPECT_EQ(answer.sent().seq(), 1U);
  EXPECT_EQ(answer.sent().client_msg_id(), "c");
  frame.mutable_send()->set_room("unknown1");
  send(client, frame);
  EXPECT_EQ(read(client).answer().error().code(), "room_not_found");
}

TEST_F(PlainRooms, TellsAClientThatReadsTooSlowlyWhatItMissed) {
  auto slow = connect();
  auto quick = connect(R"({"token":"bob"})");
  constexpr std::uint64_t kSaid = 400;
  for (std::uint64_t seq = 1; seq <= kSaid; ++seq) {
    say_large(50'000);  // 20 MB: more than sockets hold.
    EXPECT_TRUE(has(quick->read(), "\"seq\":" + std::to_string(seq) + ","));
  }
  std::uint64_t last = 0;
  auto said = slow->read();
  for (; has(said, R"({"event":"message")"); said = slow->read()) {
    ++last;
    EXPECT_TRUE(has(said, "\"seq\":" + std::to_string(last) + ","));
  }
  EXPECT_LT(last, kSaid);
  EXPECT_EQ(said, R"({"event":"lag","data":{"room":"wjLJb3Jo","at":{"epoch":1,"seq":)" +
                      std::to_string(last) + R"(},"head":{"epoch":1,"seq":400}}})");
  say();
  EXPECT_EQ(slow->read(), message(kSaid + 1));
}

}  // namespace
}  // namespace confab::gateway::dialects
