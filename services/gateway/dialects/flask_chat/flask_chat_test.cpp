#include "gateway/dialects/flask_chat/flask_chat.hpp"
#include "gateway/dialects/dialect_fixture_test.hpp"

namespace confab::gateway::dialects::flask_chat {
namespace {

using std::chrono::seconds;

struct FlaskChatTest : DialectTest {
  explicit FlaskChatTest(const Limits& all = {}) : DialectTest(all), dialect(dialect_parts()) {}
  Dialect& the_dialect() override { return dialect; }

  FlaskChat dialect;

  void SetUp() override {
    DialectTest::SetUp();
    make_room("direct", {ann(), bob()});
  }

  fakes::Answer ask(const std::string& method, const std::string& target,
                    const std::string& body = "", const std::string& token = "ann") {
    fakes::TestClient client(port);
    std::string request = method + " /app" + target + " HTTP/1.1\r\nHost: test\r\n";
    if (!token.empty()) request += "Authorization: Bearer " + token + "\r\n";
    if (method != "GET") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(request + "\r\n" + body);
    return client.read();
  }

  static std::string auth(const std::string& token) {
    return R"(40"{\"token\":\")" + token + R"(\"}")";
  }
  Client connect(const std::string& token = "ann") {
    auto client = dial();
    client->send(auth(token));
    EXPECT_TRUE(client->read().starts_with("40{"));
    EXPECT_EQ(client->read(), R"(42["echo","you have been connected"])");
    return client;
  }
};

TEST_F(FlaskChatTest, TellsEachMessageByAnEventNamedAfterWhoItIsFor) {
  auto client = connect();
  say_text("hi", bob());
  const auto to_her = client->read();
  EXPECT_TRUE(to_her.starts_with(R"(42["ann",{"id":)")) << to_her;
  EXPECT_TRUE(has(to_her, R"("to":1,"from":2,)") && has(to_her, R"("body":"hi")")) << to_her;
  say_text("hello", ann());
  EXPECT_TRUE(client->read().starts_with(R"(42["bob",{"id":)"));
  client->close();
  await_nobody();
}

TEST_F(FlaskChatTest, TurnsWhoBringsNoGoodTokenAway) {
  auto client = dial();
  client->send(auth("forged"));
  EXPECT_TRUE(client->read().starts_with("44{"));
  auto other = dial();
  other->send(R"(40"nonsense")");
  EXPECT_TRUE(other->read().starts_with("44{"));
  on_loop([this] { gate.error = Error{ErrorCode::unavailable, "away"}; });
  auto third = dial();
  third->send(auth("ann"));
  EXPECT_EQ(third->read_close_code(), 1013);
}

TEST_F(FlaskChatTest, SendsAndReadsTheMessagesOfTwo) {
  const auto sent = ask("POST", "/message/2", R"({"body":"hi"})");
  EXPECT_EQ(sent.status, 201);
  EXPECT_TRUE(has(sent.body, R"("to":2,"from":1,)")) << sent.body;
  EXPECT_EQ(ask("POST", "/add_message/bob", R"({"body":"hi"})").status, 201);
  say_text("one", bob());
  say_text("two", ann());
  const auto found = ask("GET", "/message/2");
  EXPECT_EQ(found.status, 200);
  EXPECT_LT(found.body.find(R"("body":"two")"), found.body.find(R"("body":"one")"));
  const auto chats = ask("GET", "/chats");
  EXPECT_EQ(chats.body, R"([{"id":2,"username":"bob","name":"Name of bob"}])");
}

TEST_F(FlaskChatTest, HasAnEmptyHistoryWithWhomNothingWasSaid) {
  on_loop([this] { room_store.my_rooms.rooms.clear(); });
  EXPECT_EQ(ask("GET", "/message/2").body, "[]");
}

TEST_F(FlaskChatTest, GivesTheHistoryOfThoseWhoHaveTalkedAlsoOnceTheOtherHasLeft) {
  say_text("one", bob());
  EXPECT_TRUE(has(ask("GET", "/message/2").body, R"("body":"one")"));
  make_room("direct", {ann()});
  EXPECT_TRUE(has(ask("GET", "/message/2").body, R"("body":"one")"));
}

TEST_F(FlaskChatTest, IsDroppedWithWhatWaitsForItWhereMemoryIsShort) {
  auto client = connect();
  expect_drop_of_what_waits(bob());
}

struct CrowdedFlaskChat : FlaskChatTest {
  CrowdedFlaskChat() : FlaskChatTest(one_at_a_time()) {}
};

TEST_F(CrowdedFlaskChat, LetsClientsInOneAfterTheOtherAndRefusesWhatNoLineHolds) {
  on_loop([this] { store.rooms_asked.close(); });
  std::vector<Client> clients;
  for (std::size_t i = 0; i < 1 + Intake::kLine; ++i) {
    clients.push_back(dial());
    clients.back()->send(auth("ann"));
    await([this, i] { return intake.under_way() + intake.waiting() == i + 1; });
  }
  EXPECT_EQ(on_loop([this] { return store.rooms_asked.waiting(); }), 1U);
  on_loop([this] { store.rooms_asked.open(); });
  for (auto& client : clients) EXPECT_TRUE(client->read().starts_with("40{"));
  await([this] { return intake.under_way() == 0; });
}

TEST_F(CrowdedFlaskChat, WhoLeavesTheLineHoldsUpNobody) {
  on_loop([this] { store.rooms_asked.close(); });
  auto first = dial();
  first->send(auth("ann"));
  await([this] { return store.rooms_asked.waiting() == 1; });
  auto second = dial();
  second->send(auth("bob"));
  await([this] { return intake.waiting() == 1; });
  second.reset();
  await([this] { return mount->open == 1; });
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_TRUE(first->read().starts_with("40{"));
  await([this] { return intake.under_way() == 0 && sessions.size() == 1; });
  on_loop([this] { EXPECT_EQ(store.count("rooms "), 1U) << "nobody asks for who has left"; });
}

struct LimitedFlaskChat : FlaskChatTest {
  LimitedFlaskChat() : FlaskChatTest(few()) {}
  static Limits few() {
    Limits limits;
    limits.calls.pages = {2, seconds(60)};
    limits.calls.creates = {2, seconds(60)};
    return limits;
  }
};

TEST_F(LimitedFlaskChat, CountsLookingForUsersThatThereAreNot) {
  on_loop([this] {
    people_fakes.profiles.users.clear();
    accounts.users.clear();
  });
  EXPECT_EQ(ask("GET", "/message/999").status, 404);
  EXPECT_EQ(ask("POST", "/add_message/nobody", R"({"body":"hi"})").status, 404);
  EXPECT_EQ(ask("GET", "/message/999").status, 429);
  EXPECT_EQ(ask("POST", "/message/999", R"({"body":"hi"})").status, 429);
  EXPECT_EQ(ask("POST", "/add_message/nobody", R"({"body":"hi"})").status, 429);
}

struct FewCreates : FlaskChatTest {
  FewCreates() : FlaskChatTest(two()) {}
  static Limits two() {
    Limits limits;
    limits.calls.creates = {2, seconds(60)};
    return limits;
  }
};

TEST_F(FewCreates, HoldConversationsWithNewUsersToTheRateOfNewRooms) {
  const auto send_to = [this](std::int64_t id) {
    on_loop([&] {
      const auto user = fakes::user(id, "user" + std::to_string(id));
      people_fakes.profiles.users = {user};
      accounts.users = {user};
    });
    return ask("POST", "/message/" + std::to_string(id), R"({"body":"hi"})");
  };
  EXPECT_EQ(send_to(2).status, 201);
  EXPECT_EQ(send_to(3).status, 201);
  const auto refused = send_to(4);
  EXPECT_EQ(refused.status, 429);
  EXPECT_TRUE(has(refused.body, "create_rate_limited")) << refused.body;
  EXPECT_EQ(send_to(3).status, 201) << "they talk already";
}

}  // namespace
}  // namespace confab::gateway::dialects::flask_chat
