#include "gateway/dialects/chat_backend/fixture_test.hpp"

namespace confab::gateway::dialects::chat_backend {
namespace {

const std::string kFirst =
    std::string(R"({"uuid":")") + kAnn + R"(","room_gid":"wjLJb3Jo","token":"ann"})";

struct LiveTest : ChatBackendTest {
  using ChatBackendTest::ChatBackendTest;

  void await_nobody() {
    await([this] { return sessions.size() == 0 && streams.open_connections() == 0; });
  }
  static std::string read_line(fakes::TestClient& client, std::string& buffer) {
    const auto size =
        boost::asio::read_until(client.socket(), boost::asio::dynamic_buffer(buffer), '\n');
    auto line = buffer.substr(0, size);
    buffer.erase(0, size);
    return line;
  }

  Client connect(const std::string& version = "4") {
    auto client = dial(version);
    if (version == "4") client->send("40");
    EXPECT_TRUE(client->read().starts_with("40"));
    return client;
  }
};

struct HastyLiveTest : LiveTest {
  HastyLiveTest() : LiveTest({.insecure = true, .hello_timeout = std::chrono::milliseconds(50)}) {}
};

TEST_F(LiveTest, TellsARawClientEachMessageAsALine) {
  fakes::TestClient client(tcp_port);
  for (const char c : kFirst) client.send(std::string(1, c));
  await_listener();
  say_text("one");
  say_text("two");
  std::string buffer;
  EXPECT_EQ(read_line(client, buffer), told(1, "one") + "\n");
  EXPECT_EQ(read_line(client, buffer), told(2, "two") + "\n");
  on_loop([this] { EXPECT_EQ(sessions.size(), 1U); });
}

TEST_F(LiveTest, ClosesARawClientWhoseFirstMessageIsNotGood) {
  const std::string uuid = std::string(R"({"uuid":")") + kAnn + R"(",)";
  for (const auto& first : std::vector<std::string>{
           "GET / HTTP/1.1\r\n", "{}", "{'uuid':1}", uuid + R"("room_gid":"wjLJb3Jo"})",
           uuid + R"("room_gid":"wjLJb3Jo","token":"forged"})",
           uuid + R"("room_gid":"wjLJb3Jo","token":"bob"})",
           uuid + R"("room_gid":"unknown1","token":"ann"})",
           "{" + std::string(TcpClients::kMaxFirstMessage, ' ')}) {
    fakes::TestClient client(tcp_port);
    client.send(first);
    EXPECT_EQ(client.read_to_end(), "") << first;
  }
  await_nobody();
}

TEST_F(HastyLiveTest, ClosesARawClientThatDoesNotSayWhoItIs) {
  fakes::TestClient client(tcp_port);
  client.send("{'uuid':");
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(HastyLiveTest, TakesTheUuidAloneInSingleQuotes) {
  fakes::TestClient client(tcp_port);
  client.send(std::string("{\n    'uuid': \"") + kAnn + "\",\n    'room_gid': 'wjLJb3Jo'\n}");
  await_listener();
  say_text("one");
  std::string buffer;
  EXPECT_EQ(read_line(client, buffer), told(1, "one") + "\n");
  client.socket().close();
  await_nobody();
}

TEST_F(LiveTest, TakesARawClientIntoAPublicRoom) {
  on_loop([this] { store.members[kGid] = {2}; });
  let_enter();
  fakes::TestClient client(tcp_port);
  client.send(kFirst);
  await_listener();
  on_loop([this] { EXPECT_EQ(room_store.calls, std::vector<std::string>{"join ann wjLJb3Jo"}); });
}

TEST_F(LiveTest, ClosesARawClientThatIsPutOutOfTheRoom) {
  for (const bool by_notice : {false, true}) {
    fakes::TestClient client(tcp_port);
    client.send(kFirst);
    await_listener();
    if (by_notice) {
      notify(false, kRoom, kGid, 2);
    } else {
      on_loop([this] {
        auto& log = store.logs[kRoom];
        log.entries.push_back(fakes::leaving(fakes::entry(kRoom, log.head().seq + 1), 1));
        hub.on_entries(kRoom, {std::make_shared<Entry>(log.entries.back())});
      });
    }
    EXPECT_EQ(client.read_to_end(), "");
    client.socket().close();
    await_nobody();
  }
}

TEST_F(LiveTest, EndsWithItsToken) {
  fakes::TestClient client(tcp_port);
  client.send(kFirst);
  await_listener();
  on_loop([this] { sessions.revoke("session-ann"); });
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(LiveTest, CutsARawClientThatGoesOnTalking) {
  fakes::TestClient client(tcp_port);
  client.send(kFirst);
  await_listener();
  boost::system::error_code error;
  const std::string talk(16 * 1024, 'x');
  while (!error) boost::asio::write(client.socket(), boost::asio::buffer(talk), error);
  await_nobody();
}

TEST_F(LiveTest, ClosesStrangersWhenItStops) {
  fakes::TestClient client(tcp_port);
  await([this] { return streams.open_connections() == 1; });
  on_loop([this] { dialect.drain(); });
  EXPECT_EQ(client.read_to_end(), "");
  fakes::TestClient late(tcp_port);
  EXPECT_EQ(late.read_to_end(), "");
}

TEST_F(LiveTest, LetsNobodyInWhileItEndsAndKeepsWhoIsIn) {
  fakes::TestClient old(tcp_port);
  old.send(kFirst);
  await_listener();
  auto stranger = connect();
  auto elsewhere = dial();
  on_loop([this] { dialect.drain(); });
  EXPECT_EQ(stranger->read_close_code(), 1012);
  elsewhere->send("40");
  EXPECT_EQ(elsewhere->read_close_code(), 1012);
  fakes::TestClient late(tcp_port);
  late.send(kFirst);
  EXPECT_EQ(late.read_to_end(), "");
  say_text("one");
  std::string buffer;
  EXPECT_EQ(read_line(old, buffer), told(1, "one") + "\n");
}

TEST_F(LiveTest, DropsARawClientWithWhatWaitsForItWhereMemoryIsShort) {
  fakes::TestClient client(tcp_port);
  client.send(kFirst);
  await_listener();
  expect_drop_of_what_waits(mikolaj());
  await_nobody();
}

TEST_F(LiveTest, DropsASocketIoClientWithWhatWaitsForItWhereMemoryIsShort) {
  auto client = connect();
  client->send("42[\"auth\"," + kFirst + "]");
  await_listener();
  expect_drop_of_what_waits(mikolaj());
}

struct CrowdedLiveTest : LiveTest {
  CrowdedLiveTest() : LiveTest({}, one_at_a_time()) {}
};

TEST_F(CrowdedLiveTest, LetsClientsInOneAfterTheOther) {
  on_loop([this] { store.rooms_asked.close(); });
  fakes::TestClient first(tcp_port);
  first.send(kFirst);
  await([this] { return intake.under_way() == 1; });
  fakes::TestClient second(tcp_port);
  second.send(kFirst);
  auto third = connect();
  third->send("421[\"auth\"," + kFirst + "]");
  await([this] { return intake.waiting() == 2; });
  EXPECT_EQ(on_loop([this] { return store.rooms_asked.waiting(); }), 1U);
  on_loop([this] { store.rooms_asked.open(); });
  EXPECT_EQ(third->read(), R"(431[{"ok":true}])");
  await([this] { return intake.under_way() == 0 && hub.listeners(kRoom) == 3; });
}

TEST_F(LiveTest, TellsSocketIoClientsOfBothGenerationsEventsCalledMessage) {
  for (const std::string version : {"4", "3"}) {
    auto client = connect(version);
    const auto auth = version == "4" ? kFirst : "\"" + [] {
      std::string quoted;
      for (const char c : kFirst) quoted += c == '"' ? "\\\"" : std::string(1, c);
      return quoted;
    }() + "\"";
    client->send("421[\"auth\"," + auth + "]");
    EXPECT_EQ(client->read(), R"(431[{"ok":true}])");
    const auto seq = on_loop([this] { return store.logs[kRoom].head().seq; }) + 1;
    say_text("hi");
    EXPECT_EQ(client->read(), "42[\"message\"," + told(seq, "hi") + "]");
    client->close();
    await_nobody();
  }
}

TEST_F(LiveTest, PutsASocketIoClientOutThatIsNotWhoItSays) {
  for (const auto* data :
       {"", "5", "{}", R"("{'uuid':1}")",
        R"({"uuid":"99f0e998-1360-11e9-ab6c-00e04c681690","room_gid":"wjLJb3Jo"})"}) {
    auto client = connect();
    client->send(std::string("421[\"auth\"") + (*data == 0 ? "" : ",") + data + "]");
    const auto answer = client->read();
    EXPECT_TRUE(answer.starts_with(R"(431[{"ok":false,"error":{"code":")")) << answer;
    EXPECT_EQ(client->read(), "41") << data;
  }
  await_nobody();
}

TEST_F(LiveTest, HasASocketIoClientComeBackWhenTheServerIsAtFault) {
  on_loop([this] { gate.error = Error{ErrorCode::unavailable, "away"}; });
  auto client = connect();
  client->send("42[\"auth\"," + kFirst + "]");
  EXPECT_EQ(client->read_close_code(), 1013);
}

TEST_F(LiveTest, AddsRoomsOfTheSameUserOnly) {
  on_loop([this] { store.add_room("otherRm1", 8); });
  auto client = connect();
  client->send("421[\"auth\"," + kFirst + "]");
  EXPECT_EQ(client->read(), R"(431[{"ok":true}])");
  client->send(std::string(R"(422["auth",{"uuid":")") + kAnn +
               R"(","room_gid":"otherRm1","token":"ann"}])");
  EXPECT_EQ(client->read(), R"(432[{"ok":true}])");
  on_loop([this] {
    EXPECT_EQ(hub.listeners(kRoom), 1U);
    EXPECT_EQ(hub.listeners(8), 1U);
    EXPECT_EQ(sessions.size(), 1U);
  });
  client->send(R"(423["other"])");
  EXPECT_TRUE(client->read().starts_with(R"(433[{"ok":false)"));
  client->send(std::string(R"(424["auth",{"uuid":")") + kBob +
               R"(","room_gid":"otherRm1","token":"bob"}])");
  EXPECT_TRUE(client->read().find("permission_denied") != std::string::npos);
  EXPECT_EQ(client->read(), "41");
  await_nobody();
}

}  // namespace
}  // namespace confab::gateway::dialects::chat_backend
