#include "gateway/dialects/v1/plain_fixture_test.hpp"

// What limits refuse: the same on every door, with a code, a time, and counted.
namespace confab::gateway::dialects {
namespace {

using fakes::Answer;
using std::chrono::seconds;

struct LimitedDoors : PlainTest {
  static Limits tiny() {
    Limits limits;
    limits.calls.commands = {6, seconds(6)};
    limits.calls.room_sends = {2, seconds(10)};
    limits.calls.searches = {1, seconds(10)};
    limits.calls.settings = {1, seconds(10)};
    limits.doors = {.connects = {8, seconds(8)},
                    .sign_ups = {1, seconds(60)},
                    .logins = {4, seconds(60)},
                    .failed_logins = {2, seconds(60)},
                    .connections_of_address = 4,
                    .connections_of_user = 2};
    limits.host.max_rooms = 1;
    limits.host.refusals = {3, seconds(60)};
    return limits;
  }
  static PlainOptions told() {
    PlainOptions options;
    options.rates = tiny().calls;
    return options;
  }
  LimitedDoors() : PlainTest(told(), tiny()) {}

  Answer rest_call(const std::string& method, const std::string& path,
                   const std::string& body = "") {
    fakes::TestClient client(port);
    client.send(method + " " + path + " HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ann\r\n" +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read();
  }

  Client dial_socketio(const std::string& auth) {
    auto client =
        std::make_unique<fakes::TestWebSocket>(port, "/socket.io/?EIO=4&transport=websocket");
    client->read();
    client->send("40" + auth);
    return client;
  }

  std::size_t counted(ErrorCode code) {
    return on_loop([&] { return std::count(limited.begin(), limited.end(), code); });
  }
};

const std::string kSend = R"({"room":"wjLJb3Jo","text":"x"})";

TEST_F(LimitedDoors, HoldAUserToOneRateByAllDoors) {
  auto plain_client = connect();
  EXPECT_TRUE(has(ask(plain_client, "send", kSend), R"("ok":true)"));
  auto socketio_client = dial_socketio(R"({"token":"ann"})");
  socketio_client->read();
  socketio_client->send(R"(421["send",)" + kSend + "]");
  EXPECT_TRUE(has(socketio_client->read(), R"("ok":true)"));

  const std::string refused =
      R"("code":"room_send_rate_limited","message":"at most 2 messages to one room in 10000 ms",)"
      R"("retryable":true,"retry_after_ms":5000)";
  EXPECT_TRUE(has(ask(plain_client, "send", kSend), refused));
  socketio_client->send(R"(421["send",)" + kSend + "]");
  EXPECT_TRUE(has(socketio_client->read(), refused));
  const auto answer = rest_call("POST", "/v1/rooms/wjLJb3Jo/messages", R"({"text":"x"})");
  EXPECT_EQ(answer.status, 429);
  EXPECT_TRUE(has(answer.head, "Retry-After: 5\r\n")) << answer.head;
  EXPECT_TRUE(has(answer.body, R"("code":"room_send_rate_limited")")) << answer.body;
  EXPECT_EQ(counted(ErrorCode::room_send_rate_limited), 3U);
  EXPECT_EQ(on_loop([this] { return store.appended.size(); }), 2U);

  steady.time += seconds(5);
  EXPECT_TRUE(has(ask(plain_client, "send", kSend), R"("ok":true)"));
}

TEST_F(LimitedDoors, CountEveryCommandAlsoThoseOfTheConnection) {
  auto client = connect();
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(has(ask(client, "ping", "{}"), R"("ok":true)"));
  EXPECT_TRUE(has(ask(client, "ping", "{}"), R"("code":"rate_limited")"));
  EXPECT_TRUE(has(ask(client, "no.such", "{}"), R"("code":"rate_limited")"));
  EXPECT_EQ(rest_call("GET", "/v1/me").status, 429);
  EXPECT_EQ(rest_call("GET", "/v1/me/sessions").status, 429);
}

TEST_F(LimitedDoors, CloseAConnectionThatGoesOnAndOn) {
  auto client = connect();
  for (int i = 0; i < 9; ++i) client->send(R"({"id":5,"cmd":"ping"})");
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(has(client->read(), R"("re":5)"));
  client->send(R"({"id":5,"cmd":"ping"})");
  EXPECT_TRUE(has(client->read(), R"("code":"rate_limited")"));
  EXPECT_EQ(client->read_close_code(), 4103);
}

TEST_F(LimitedDoors, TakeNoMoreConnectionsOfAUserThanTheLimitUntilOneIsClosed) {
  auto first = connect();
  auto second = dial_socketio(R"({"token":"ann"})");
  EXPECT_TRUE(has(second->read(), "40{"));
  auto third = dial();
  third->send(hello(R"({"token":"ann"})"));
  EXPECT_TRUE(has(third->read(), R"("code":"too_many_connections")"));
  EXPECT_EQ(third->read_close_code(), 1013);
  auto fourth = dial_socketio(R"({"token":"ann"})");
  const auto refused = fourth->read();
  EXPECT_TRUE(has(refused, "44{") && has(refused, R"("code":"too_many_connections")")) << refused;
  EXPECT_EQ(counted(ErrorCode::too_many_connections), 2U);
  first.reset();
  await([this] { return plain.open_sessions() == 0; });
  auto fifth = dial();
  fifth->send(hello(R"({"token":"ann"})"));
  EXPECT_TRUE(has(fifth->read(), R"("ok":true)"));
}

TEST_F(LimitedDoors, TakeNoMoreConnectionsOfAnAddressThanTheLimitUntilOneIsClosed) {
  std::vector<Client> open;
  for (int i = 0; i < 4; ++i) open.push_back(dial());
  const auto upgrade = [&](const std::string& path) {
    fakes::TestClient client(port);
    client.send("GET " + path +
                " HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    return client.read();
  };
  for (const auto* path : {"/v1/ws", "/socket.io/?EIO=4&transport=websocket"}) {
    const auto answer = upgrade(path);
    EXPECT_EQ(answer.status, 429) << path;
    EXPECT_TRUE(has(answer.body, R"("code":"too_many_connections")")) << answer.body;
  }
  const auto polling = rest_call("GET", "/socket.io/?EIO=4&transport=polling");
  EXPECT_EQ(polling.status, 429);
  EXPECT_EQ(counted(ErrorCode::too_many_connections), 3U);
  open.clear();
  await([this] { return plain.strangers() == 0; });
  EXPECT_EQ(rest_call("GET", "/socket.io/?EIO=4&transport=polling").status, 200);

  for (int i = 0; i < 8; ++i) (void)rest_call("GET", "/socket.io/?EIO=4&transport=polling");
  const auto fast = rest_call("GET", "/socket.io/?EIO=4&transport=polling");
  EXPECT_TRUE(has(fast.body, R"("code":"connect_rate_limited")")) << fast.body;
}

TEST_F(LimitedDoors, HoldAnAddressToItsAccountsAndLogins) {
  const std::string ann = R"({"username":"ann","password":"p"})";
  EXPECT_EQ(rest_call("POST", "/v1/users", ann).status, 201);
  const auto refused = rest_call("POST", "/v1/users", ann);
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(has(refused.body, R"("code":"sign_up_rate_limited")")) << refused.body;
  EXPECT_TRUE(has(refused.body, R"("retry_after_ms":60000)")) << refused.body;

  on_loop([this] { accounts.error = Error{ErrorCode::invalid_credentials, "wrong"}; });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(rest_call("POST", "/v1/login", ann).status, 401);
  const auto failed = rest_call("POST", "/v1/login", ann);
  EXPECT_TRUE(has(failed.body, R"("code":"login_rate_limited")")) << failed.body;
  on_loop([this] { accounts.error.reset(); });
  EXPECT_EQ(rest_call("POST", "/v1/login", ann).status, 429) << "also with the right password";
  EXPECT_EQ(rest_call("POST", "/v1/token", R"({"refresh_token":"r"})").status, 429);
}

TEST_F(LimitedDoors, SubscribeToNoMoreRoomsThanTheLimit) {
  on_loop([this] { store.add_room("newRoom1", 8); });
  auto client = connect(R"({"token":"ann","rooms":["wjLJb3Jo"]})");
  EXPECT_TRUE(has(ask(client, "subscribe", R"({"room":"wjLJb3Jo"})"), R"("ok":true)"));
  EXPECT_TRUE(has(ask(client, "subscribe", R"({"room":"newRoom1"})"), "too_many_subscriptions"));
  EXPECT_TRUE(has(ask(client, "unsubscribe", R"({"room":"wjLJb3Jo"})"), R"("ok":true)"));
  EXPECT_TRUE(has(ask(client, "subscribe", R"({"room":"newRoom1"})"), R"("ok":true)"));
}

TEST_F(LimitedDoors, SubscribeToNoMoreRoomsByCommandsThatAreUnderWayTogether) {
  on_loop([this] {
    store.add_room("newRoom1", 8);
    store.heads_asked.close();
  });
  auto client = connect(R"({"token":"ann","rooms":"none"})");
  const auto subscribe = [](int id, const std::string& gid) {
    return R"({"id":)" + std::to_string(id) + R"(,"cmd":"subscribe","data":{"room":")" + gid +
           R"("}})";
  };
  client->send(subscribe(1, "newRoom1"));
  await([this] { return store.heads_asked.waiting() == 1; });
  client->send(subscribe(2, kGid));
  EXPECT_TRUE(has(client->read(), R"("code":"too_many_subscriptions")"));
  client->send(subscribe(3, "newRoom1"));  // The same once more counts once.
  on_loop([this] { store.heads_asked.open(); });
  EXPECT_TRUE(has(client->read(), R"("ok":true)"));
  EXPECT_TRUE(has(client->read(), R"("ok":true)"));
  EXPECT_TRUE(has(ask(client, "unsubscribe", R"({"room":"newRoom1"})"), R"("ok":true)"));
  EXPECT_TRUE(has(ask(client, "subscribe", R"({"room":"wjLJb3Jo"})"), R"("ok":true)"));
}

TEST_F(LimitedDoors, TellClientsTheirLimitsInTheAnswerToHello) {
  auto client = dial();
  client->send(hello(R"({"token":"ann"})"));
  const auto answer = client->read();
  EXPECT_TRUE(has(answer, R"("limits":{"frame_bytes":65536,"json_depth":16,"json_keys":64,)"
                          R"("json_items":1000,"commands_in_flight":1000,"subscriptions":1,)"
                          R"("rates":{"commands":{"count":6,"period_ms":6000},)"
                          R"("room_sends":{"count":2,"period_ms":10000},)"))
      << answer;
  EXPECT_FALSE(has(answer, R"("sends":{"count":0)")) << "a rate that is off";
}

}  // namespace
}  // namespace confab::gateway::dialects
